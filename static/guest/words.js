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
  modes: { items: "By dish", even: "Split evenly", percent: "Split by percent", amounts: "Everyone names an amount" },
  change: "Change", howSplit: "How do you split?",
  tapYours: "Tap what is yours.",
  all: "All", yours: "Yours", free: "Open",
  nobody: "Nobody has taken this yet", itsYours: "Yours", theirs: (/** @type {string} */ name) => `${name} has this`,
  each: (/** @type {string} */ who, /** @type {string} */ part) => `${who}, ${part} each`,
  parts: (/** @type {string} */ who, /** @type {string} */ part) => `${who} ${part}`,
  open: (/** @type {string} */ part) => `${part} open`,
  paidBy: (/** @type {string} */ who) => `Paid by ${who}`, payingFor: (/** @type {string} */ who, /** @type {boolean} */ plural) => `${who} ${plural ? "are" : "is"} paying`, youPay: "You are paying", youPayMore: "This share is held for you.", nameAmount: "Name your amount", takeShare: "Take a share below, or pay for everybody.",
  comped: "On the house", voided: "Taken off the bill", more: (/** @type {string} */ name) => `More about ${name}`,
  kitchen: { placed: "", preparing: "Being made", ready: "Ready", served: "", voided: "", comped: "" },
  nothingYet: "Nothing ordered yet", nothingYetMore: "What you order here, or the waiter brings, appears on everybody's phone at once.", seeMenu: "See the menu",
  subtotal: "Subtotal", discount: "Discount", service: "Service", serviceIs: (/** @type {string} */ rate) => `Service ${rate}`, tax: "Tax", includesTax: (/** @type {string} */ sum) => `includes ${sum} tax`,
  yourShare: "Your share", nothingYours: "Nothing is yours yet", nothingYoursMore: "Tap your dishes above, or pay for everybody.",
  why: (/** @type {string} */ sum) => `Why ${sum}?`, untaken: (/** @type {string} */ sum) => `${sum} nobody has taken yet`,
  tip: "Tip", noTip: "No tip", otherTip: "Other amount", tipAmount: "Tip amount", serviceIncluded: (/** @type {string} */ rate) => `${rate} service is included`, addMore: "add more",
  pay: (/** @type {string} */ sum) => `Pay ${sum}`, payAll: (/** @type {string} */ sum) => `Pay all ${sum}`, payCash: "Pay cash", otherWays: "Other ways",
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
  forAll: "For everything that is left on the bill.", forOpen: "For what nobody has taken.", forThem: (/** @type {string} */ who) => `For ${who}.`, forFree: "Towards the bill.",
  viewOrder: "See your order", noMenu: "The menu is not here yet. Ask the waiter.", onlyLeft: (/** @type {number} */ n) => `Only ${n} left`, soldOut: "Sold out", inOrder: (/** @type {number} */ n) => `${n} in your order`,
  addDish: (/** @type {string} */ name, /** @type {string} */ sum, /** @type {number} */ n) => `${name}, ${sum}. Add to your order${n ? ` (${n} so far)` : ""}`,
  howMany: "How many", addFor: (/** @type {string} */ sum) => `Add for ${sum}`, note: "A word to the kitchen", pleaseChoose: "Please choose.",
  chooseRule: (/** @type {number} */ min, /** @type {number} */ max) => (min === max ? `choose ${min}` : min ? `choose ${min} to ${max}` : `up to ${max}`),
  yourOrder: "Your order", emptyOrder: "Nothing in it yet.", orderFor: (/** @type {string} */ sum) => `Order for ${sum}`, orderedThanks: "Ordered. The kitchen has it.", pricesWithTax: "Prices include tax.", pricesPlusTax: "Tax is added on the bill.",
  asking: "Asking the table", askingMore: "Somebody at the table, or the waiter, lets you in. This page goes on by itself.", notOpen: "This table is not open yet", notOpenMore: "Please ask the waiter to open it for you.", tryAgain: "Try again", gone: "This code is not valid any more", goneMore: "Please scan the code on the table, or ask the waiter.", noAnswer: "No answer from the restaurant", noAnswerMore: "You can read the menu meanwhile.",
  newVisit: "Start a new visit", pinTitle: "Join the table", pinMore: "The first guest at this table has four digits on their phone. The waiter knows them too.", pinLabel: "PIN of the table", wrongPin: "These are not the four digits of this table.", joinTable: "Join", chooseVisit: "Somebody has just paid here", chooseVisitMore: "Do you belong to this party, or are you new at the table?", joinParty: "I belong to this party",
  partsOf: (/** @type {string} */ who) => `Parts for ${who}`, notMine: "Not mine", partsHint: "Parts divide the price: one part each is half and half, two parts against one is two thirds and one third.",
  price: "Price", wasBefore: "Before", taxAt: (/** @type {string} */ rate) => `Tax ${rate}`, paidSoFar: "Paid", beingPaidNow: "Being paid", orderedBy: "Ordered by", treatInstead: "Pay this person's share instead",
  modeNames: { items: "Dishes", even: "Evenly", percent: "Percent", amounts: "Amounts" }, itemsMore: "Everyone taps what they had. A shared dish is divided among those who tapped it.", evenMore: "The bill is cut into equal shares. Take more than one for a friend without a phone.", percentMore: "Everyone pays a percentage of the bill.", amountsMore: "Everyone names an amount; the rest stays open.",
  useMode: { items: "Pay by dish", even: "Split evenly", percent: "Split by percent", amounts: "Name amounts" }, inUse: "This is how you split now", splitHint: "You can change this at any time. What is paid stays paid.", sharesInAll: "Shares in all", aboutEach: (/** @type {string} */ sum) => `about ${sum} a share`, percentOf: (/** @type {string} */ who) => `Percent for ${who}`, over100: (/** @type {string} */ rate) => `${rate} is more than the bill.`, restOpen: (/** @type {string} */ rate) => `${rate} stays open.`, exactly100: "That is the whole bill.", stillOpen: (/** @type {string} */ sum) => `${sum} is still open.`,
  owes: (/** @type {string} */ sum) => `owes ${sum}`, isPaying: (/** @type {string} */ sum) => `is paying ${sum}`, hasPaid: (/** @type {string} */ sum) => `paid ${sum}`, with: (/** @type {string} */ who) => `with ${who}`, treat: "Treat", treatName: (/** @type {string} */ who) => `Pay for ${who}`, treatFor: (/** @type {string} */ sum, /** @type {string} */ who, /** @type {boolean} */ self) => `Pay ${sum} for ${self ? `you and ${who}` : who}`, nobodyTook: "nobody has taken yet", payThat: "I pay that", anyAmount: "Any amount", tooMuch: (/** @type {string} */ sum) => `At most ${sum} is left to pay.`, payWord: "Pay",
  sums: (/** @type {string} */ paid, /** @type {string} */ held, /** @type {string} */ left, /** @type {string} */ total) => `${paid} paid + ${held} being paid + ${left} left = ${total}`,
  yourSeat: "You at this table", withYou: "With you", nameLabel: "Your name", nameHint: "Only this table sees it. You can stay as you are.", leave: "Leave the table", stay: "Stay", leaveSure: "You leave the table on this phone.", leaveOwing: (/** @type {string} */ sum) => `${sum} of yours is not paid. If you leave, your dishes are open for others again.`,
  friendScan: "Friends with a phone scan the code on the table.", friendMore: "For somebody without one, you take dishes and pay from here.", friendName: "Their name, if you like", addFriendNow: "Add",
  requests: { waiter: "Please come", bill: "The bill, please", water: "Water, please" }, onTheWay: "The waiter knows.", isComing: "Somebody is on the way", askedAt: (/** @type {string} */ at) => `Asked at ${at}`,
  noHistory: "Nothing has happened yet.", rounding: "Rounding", roundingMore: "the cents that do not divide", whyHint: "Every cent of the bill is somebody's, so small rounding goes to one person per dish, in turns.", partOf: (/** @type {string} */ part, /** @type {string} */ sum) => `${part} of ${sum}`, withExtras: (/** @type {string} */ sum, /** @type {string} */ extras) => `${sum} + ${extras} tax and service`, already: (/** @type {string} */ name) => `${name}, paid already`, youNamed: "The amount you named", sharesLeft: (/** @type {number} */ k, /** @type {number} */ n, /** @type {string} */ sum) => `${k} of ${count(n, "share")} of ${sum}`, percentLeft: (/** @type {string} */ own, /** @type {string} */ all, /** @type {string} */ sum) => `${own} of the open ${all}, ${sum} in all`,
  paying2: "Pay", holding: "Holding your share for you", whatFor: "What you pay for", dishes: "Food and drink", cashRounding: "Rounded to coins", processing: "Your bank is still working on it. You can close this page; the bill shows it as soon as it is through.", checking: "We are finding out whether this went through. Your share is held meanwhile.", cashMore: "Give it to the waiter, who confirms it. Until then this share is held for you.", notCash: "Do not pay cash", paidTitle: "Paid", surplus: (/** @type {string} */ sum) => `${sum} of it was paid by others meanwhile and goes back to you.`, endedTitle: "Not paid", endedMore: "This payment has ended and nothing was charged.", amountWas: (/** @type {string} */ was, /** @type {string} */ now) => `You saw ${was}. It is ${now} now.`, tooSmall: (/** @type {string} */ min) => `Cards start at ${min}. Pay cash, or let somebody pay this along with theirs.`, changedTitle: "Your share has changed", notStarted: "This could not start", nothingCharged: "Nothing was charged.",
  heldFor: (/** @type {string} */ left) => `Your share is held for ${left}`, stillHeld: "Nothing was charged. Your share is still held: try again or take another card.", loadingForm: "Loading the card form", formFailed: "The card form could not be loaded. Nothing was charged.", askingBank: "Asking your bank", answerBank: "Go on to your bank", cancelHold: "Cancel and let go of the share", noAnswerBank: "Your bank did not answer. Please try again.",
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

/** @type {Record<string, string>} */
const DECLINES = {
  insufficient_funds: "Your bank says there is not enough money on this card.",
  expired_card: "This card has expired.",
  incorrect_cvc: "The security code is not right.",
  incorrect_number: "The card number is not right.",
  authentication_required: "Your bank wants you to confirm this payment.",
  payment_intent_authentication_failure: "Your bank could not confirm that it is you.",
  processing_error: "Your bank had a problem. Please try again.",
  generic_decline: "Your bank declined this card without saying why.",
  card_declined: "Your bank declined this card.",
}

/** Why a card was refused, in plain words. @param {string | undefined} code @param {string} [message] */
export const decline = (code, message = "") => (code ? (DECLINES[code] ?? (message || DECLINES.card_declined || "")) : message)
