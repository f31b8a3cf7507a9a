// @ts-check
// Every sentence of the guest page, in one place.
import { lang } from "./state.js"

const list = new Intl.ListFormat(lang, { type: "conjunction" })
const FRACTIONS = { 2: "½", 3: "⅓", 4: "¼", 5: "⅕", 6: "⅙", 8: "⅛" }

/** "Ana, Ben and you". @param {string[]} names */
export const all = (names) => list.format(names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} others`] : names)
/** "½", "2/3". @param {number} parts @param {number} of */
export const fraction = (parts, of) => (parts === 1 && FRACTIONS[/** @type {2} */ (of)]) || `${parts}/${of}`
/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`
/** "4:05". @param {number} ms */
export const minutes = (ms) => `${Math.floor(Math.max(0, ms) / 60000)}:${String(Math.floor((Math.max(0, ms) / 1000) % 60)).padStart(2, "0")}`
/** "12 s", "3 min". @param {number} ms */
export const ago = (ms) => (ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`)
/** "19:04". @param {string} at */
export const time = (at) => new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit" }).format(new Date(at))

export const w = {
  you: "you", You: "You", someone: "Somebody", staff: "Staff",
  table: (/** @type {string} */ label) => `Table ${label}`,
  bill: "Bill", menu: "Menu", left: "left to pay", of: (/** @type {string} */ sum) => `of ${sum}`, total: "Total",
  paid: "paid", beingPaid: "being paid", credit: "credit", toPay: "left",
  callWaiter: "Call the waiter", yourName: "Your name and seat",
  here: "Who is here", away: "not on this page right now", addFriend: "Add a friend", owesNothing: "nothing open",
  everyone: "Who owes what",
  modes: { items: "Everyone pays what they had", even: "Split evenly", percent: "Split by percent", amounts: "Everyone names an amount" },
  change: "Change", howSplit: "How do you split?",
  tapYours: "Tap what is yours.",
  all: "All", yours: "Yours", free: "Open",
  nobody: "Nobody has taken this yet", itsYours: "Yours", theirs: (/** @type {string} */ name) => `${name} has this`,
  each: (/** @type {string} */ who, /** @type {string} */ part) => `${who}, ${part} each`,
  parts: (/** @type {string} */ who, /** @type {string} */ part) => `${who} ${part}`,
  open: (/** @type {string} */ part) => `${part} open`,
  paidBy: (/** @type {string} */ who) => `Paid by ${who}`, payingFor: (/** @type {string} */ who) => `${who} ${who === "You" ? "are" : "is"} paying`,
  comped: "On the house", voided: "Taken off the bill", more: (/** @type {string} */ name) => `More about ${name}`,
  kitchen: { placed: "Ordered", preparing: "Being prepared", ready: "Ready", served: "", voided: "", comped: "" },
  nothingYet: "Nothing ordered yet", nothingYetMore: "What you order here, or the waiter brings, appears on everybody's phone at once.", seeMenu: "See the menu",
  subtotal: "Subtotal", discount: "Discount", service: "Service", serviceIs: (/** @type {string} */ rate) => `Service ${rate}`, tax: "Tax", includesTax: (/** @type {string} */ sum) => `includes ${sum} tax`,
  yourShare: "Your share", nothingYours: "Nothing is yours yet", nothingYoursMore: "Tap your dishes above, or pay for everybody.",
  why: (/** @type {string} */ sum) => `Why ${sum}?`, untaken: (/** @type {string} */ sum) => `${sum} nobody has taken yet`,
  tip: "Tip", noTip: "No tip", otherTip: "Other", tipAmount: "Tip amount", serviceIncluded: (/** @type {string} */ rate) => `${rate} service is included`, addMore: "add more",
  pay: (/** @type {string} */ sum) => `Pay ${sum}`, payAll: (/** @type {string} */ sum) => `Pay all ${sum}`, payCash: "Pay cash", otherWays: "Other ways to pay",
  withTip: (/** @type {string} */ sum) => `with ${sum} tip`, goOn: (/** @type {string} */ sum) => `Go on paying ${sum}`, cashWaits: (/** @type {string} */ sum) => `${sum} in cash: waiting for the waiter`, show: "Show",
  allPaid: "All paid", allPaidMore: "Thank you. You can stay: the next order opens the bill again.", yourPart: "Your part is paid", tableLeft: (/** @type {string} */ sum, /** @type {string} */ people) => `The table: ${sum} left, ${people} paid.`, receipt: "Receipt", nofm: (/** @type {number} */ n, /** @type {number} */ m) => `${n} of ${m}`,
  stale: (/** @type {string} */ ago) => `Last update ${ago} ago`, offline: (/** @type {string} */ ago) => `No connection. Last update ${ago} ago`, reconnecting: "Reconnecting. Paying is off until the figures are fresh.",
  elsewhere: "This table is open in another tab.", here2: "Use it here", tooOld: "There is a newer version of this page.", reload: "Reload", lostSeat: "You are no longer at this table.", over: "This visit is over.", overMore: "Thank you for coming. Your receipts stay here.", tooMany: "Too many pages are open for you at this table.",
  undo: "Undo", close: "Close", cancel: "Cancel", save: "Save", done: "Done", back: "Back", sending: "Sending",
  took: (/** @type {string} */ name) => `${name} is yours`, gaveBack: (/** @type {string} */ name) => `${name} given back`,
  heard: (/** @type {string} */ who, /** @type {string} */ what) => `${who}: ${what}`,
  history: "What happened", loading: "One moment",
  paying: "paying", paidMark: "paid", dash: "–", toMenu: "Menu",
  joined: (/** @type {string} */ who) => `${who} joined`, leftTable: (/** @type {string} */ who) => `${who} left`,
  ordered: (/** @type {string} */ who, /** @type {string} */ what) => `${who} ordered ${what}`,
  tookIt: (/** @type {string} */ who, /** @type {string} */ what) => `${who} took ${what}`, gave: (/** @type {string} */ who, /** @type {string} */ what) => `${who} gave ${what} back`,
  nowParts: (/** @type {string} */ who, /** @type {number} */ n, /** @type {string} */ what) => `${who} now ${who === "You" ? "have" : "has"} ${count(n, "part")} of ${what}`,
  sharesWith: (/** @type {string} */ who, /** @type {string} */ what, /** @type {string} */ others) => `${who} shared ${what} with ${others}`, forWhom: (/** @type {string} */ who) => `for ${who}`,
  splitBy: (/** @type {string} */ who, /** @type {string} */ mode) => `${who} changed the split: ${mode}`, partsBy: (/** @type {string} */ who) => `${who} changed a share`,
  started: (/** @type {string} */ who, /** @type {string} */ sum) => `${who} started to pay ${sum}`, succeeded: (/** @type {string} */ who, /** @type {string} */ sum) => `${who} paid ${sum}`,
  declined: (/** @type {string} */ who, /** @type {string} */ sum) => `A card was declined for ${sum} (${who})`, canceled: (/** @type {string} */ who, /** @type {string} */ sum) => `${who} stopped paying ${sum}`, refunded: "A payment was refunded",
  adjusted: (/** @type {string} */ who, /** @type {string} */ what) => `${who} changed ${what}`, discounted: (/** @type {string} */ who) => `${who} gave a discount`,
  called: (/** @type {string} */ who, /** @type {string} */ kind) => (kind === "join" ? `${who} would like to join` : `${who} asked for ${{ waiter: "the waiter", bill: "the bill", water: "water" }[kind] ?? "help"}`),
  sharesOf: (/** @type {number} */ k, /** @type {number} */ n) => `You take ${k} of ${n} shares`, yourShares: "Your shares", noAmount: "Please write an amount, such as 2.50.",
  seatPin: (/** @type {string} */ pin) => `PIN for your friends: ${pin}`,
}

/** What went wrong, in plain words. The server's own sentence knows names and dishes, so it goes first. @param {{code: string, message?: string}} problem */
export const trouble = (problem) => (problem.code !== "offline" && problem.message && problem.message !== problem.code ? problem.message : (TROUBLE[problem.code] ?? "That did not work. Please try again."))

/** @type {Record<string, string>} */
const TROUBLE = {
  offline: "No answer from the restaurant. Check your connection and try again.",
  already_paid: "Somebody has paid for this already.",
  share_being_paid: "Somebody is paying for this right now.",
  session_closed: "This visit is over.",
  line_voided: "This was taken off the bill.",
  sold_out: "This is sold out.",
  too_many: "That was a little fast. Try again in a moment.",
  percent_over_100: "That is more than 100 percent.",
  payment_ended: "This payment has ended.",
  forbidden: "This is not yours to change.",
}
