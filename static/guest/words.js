// @ts-check
// What the first view of the guest page says, and how sentences are put together. The rest is in words-more.js.
import { lang } from "./state.js"

const list = new Intl.ListFormat(lang, { type: "conjunction" })
/** @type {Record<number, string>} */
const FRACTIONS = { 2: "½", 3: "⅓", 4: "¼", 5: "⅕", 6: "⅙", 8: "⅛" }

/** A sentence with its blanks filled in: `fill("{0} has this", "Ana")`. @param {string} sentence @param {...(string | number)} values */
export const fill = (sentence, ...values) => sentence.replace(/\{(\d)\}/g, (_, at) => String(values[at] ?? ""))
/** "Ana, Ben and you". @param {string[]} names */
export const all = (names) => list.format(names.length > 4 ? [...names.slice(0, 3), fill(w.others, names.length - 3)] : names)
/** "½", "2/3". @param {number} parts @param {number} of */
export const fraction = (parts, of) => (parts === 1 && FRACTIONS[of]) || `${parts}/${of}`
/** "4:05". @param {number} ms */
export const minutes = (ms) => `${Math.floor(Math.max(0, ms) / 60000)}:${String(Math.floor((Math.max(0, ms) / 1000) % 60)).padStart(2, "0")}`

export const w = {
  others: "{0} others",
  views: "Bill and menu",
  next: "What you can do now",
  orderedBy: "Ordered by {0}",
  byStaff: "Brought by the waiter",
  you: "you",
  You: "You",
  someone: "Somebody",
  table: "Table {0}",
  bill: "Bill",
  menu: "Menu",
  left: "left to pay",
  of: "of",
  total: "Total",
  paid: "paid",
  beingPaid: "being paid",
  credit: "credit",
  callWaiter: "Call the waiter",
  yourName: "Your name and seat",
  here: "Who is here",
  addFriend: "Add a friend",
  modes: { items: "By dish", even: "Split evenly", percent: "Split by percent", amounts: "Everyone names an amount" },
  change: "Change",
  tapYours: "Tap what is yours.",
  all: "All",
  yours: "Yours",
  free: "Open",
  nobody: "Nobody has taken this yet",
  itsYours: "Yours",
  theirs: "{0} has this",
  each: "{0}, {1} each",
  eachFirst: "{1} each: {0}",
  parts: "{0} {1}",
  open: "{0} open",
  paidBy: "Paid by {0}",
  comped: "On the house",
  voided: "Taken off the bill",
  more: "More about {0}",
  kitchen: { placed: "", preparing: "Being made", ready: "Ready", served: "", voided: "", comped: "" },
  nothingYet: "Nothing ordered yet",
  nothingYetMore: "What you order here, or the waiter brings, appears on everybody's phone at once.",
  seeMenu: "See the menu",
  subtotal: "Subtotal",
  discount: "Discount",
  service: "Service",
  serviceIs: "Service {0}",
  tax: "Tax",
  includesTax: "includes {0} tax",
  untaken: "{0} nobody has taken yet",
  pay: "Pay {0}",
  payAll: "Pay all {0}",
  withTip: "with {0} tip",
  goOn: "Go on paying {0}",
  cashWaits: "{0} in cash: waiting for the waiter",
  allPaid: "All paid",
  yourPart: "Your part is paid",
  receipt: "Receipt",
  took: "{0} is yours",
  gaveBack: "{0} given back",
  history: "What happened",
  paying: "paying",
  paidMark: "paid",
  dash: "–",
  noLine: "No connection. Try again in a moment.",
  payingOne: "{0} is paying",
  payingMany: "{0} are paying",
}
