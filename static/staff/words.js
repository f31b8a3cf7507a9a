// @ts-check
// Every word of the staff pages, in one place.

/** @type {Record<string, string>} */
export const SERVICE = { free: "Free", seated: "Seated", ordering: "Ordering", cooking: "Cooking", served: "Served", to_clean: "To clean" }

/** @type {Record<string, string>} */
export const MONEY = { none: "Nothing paid", bill_asked: "Bill asked", paying: "Paying", part_paid: "Part paid", paid: "Paid", attention: "Look here" }

/** @type {Record<string, string>} */
export const REQUEST = { waiter: "Waiter called", bill: "Bill asked", water: "Water asked", other: "Help asked", join: "Somebody wants to join", review: "A card payment waits for your yes" }

/** @type {Record<string, string>} */
export const ATTENTION = { surplus: "Paid too much", declined: "Card declined", cash: "Cash to collect", left: "Left without paying", called: "Called", credit: "Money is owed to a guest", refund_failed: "A refund failed", tab: "A tab ends soon" }

/** @type {Record<string, string>} */
export const LINE = { placed: "New", preparing: "Preparing", ready: "Ready", served: "Served", voided: "Void", comped: "On the house" }

/** @type {Record<string, string>} */
export const METHOD = { card: "Card", cash: "Cash", terminal: "Terminal", giftCard: "Gift card" }

/** @type {Record<string, string>} */
export const PAYMENT = { initiated: "Starting", awaiting: "Waiting", processing: "On its way", authorized: "Authorized", succeeded: "Paid", canceled: "Cancelled", refused: "Refused" }

/** @type {Record<string, string>} */
export const SESSION = { open: "Open", settling: "Part paid", settled: "Paid in full", closed: "Closed", abandoned: "Walk-out" }

/** What to say when the server says no and sends no sentence. @type {Record<string, string>} */
export const PROBLEM = {
  offline: "No connection. Nothing was changed.",
  forbidden: "That is not allowed for your role.",
  still_owed: "This table still owes money.",
  share_being_paid: "Somebody is paying this right now.",
  session_closed: "This visit has ended.",
  table_taken: "Another party sits at this table.",
}

/** @param {{code?: string, message?: string, errors?: {detail: string}[]}} problem */
export const sentence = ({ code = "", message, errors = [] }) => (code === "forbidden" ? PROBLEM[code] : code === "invalid" && errors[0] ? capital(errors[0].detail) : message || PROBLEM[code]) || "That did not work. Nothing was changed."

/** @param {string} words "this is not a time that can be booked" */
const capital = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

/** "1 h 12", "8 min", "now". @param {number} ms */
export function span(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes === 0) return "now"
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`
}

/** @param {number} count @param {string} one @param {string} many */
export const counted = (count, one, many) => `${count} ${count === 1 ? one : many}`
