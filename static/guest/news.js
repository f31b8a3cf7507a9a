// @ts-check
// What happened, in words: for the split history and for those who listen instead of look.
import { fullName, nameOf, NameOf } from "./people.js"
import { me, price, view } from "./state.js"
import { all, fill, w } from "./words-more.js"
import { m } from "./words-money.js"

/** @typedef {import("../shared/types.js").Change} Change */

/**
 * One sentence for an event, or null when it is nobody's news.
 * @param {Change} change @param {any} before the view it met
 * @returns {string | null}
 */
export function news(change, before) {
  const tell = TELL[change.k]
  return tell ? tell(change, before ?? {}, who(change.by)) : null
}

/** @param {string} by */
const who = (by) => (by === me.value?.id ? w.You : view.value?.guests[by] ? fullName(by) : w.staff)

/** @param {Change} change @param {any} before */
const dish = (change, before) => {
  const [id] = Object.keys(change.d.lines ?? {})
  return (id && (change.d.lines[id]?.name ?? before.lines?.[id]?.name ?? view.value?.lines[id]?.name)) || ""
}

/** @type {Record<string, (change: Change, before: any, who: string) => string | null>} */
const TELL = {
  "guest.joined": (change) => fill(w.joined, names(change)),
  "guest.left": (_change, _before, who) => fill(w.leftTable, who),
  "order.placed": (change, _before, who) => fill(w.ordered, who, all(Object.values(change.d.lines ?? {}).filter((line) => line?.name).map((line) => (line.quantity > 1 ? `${line.quantity} × ${line.name}` : line.name)))),
  "claims.changed": claims,
  "split.changed": (change, _before, who) => fill(w.splitBy, who, w.modes[/** @type {"items"} */ (change.d.split?.mode)] ?? w.howSplit),
  "parts.changed": (_change, _before, who) => fill(w.partsBy, who),
  "payment.started": (change) => paying(change, w.started),
  "payment.succeeded": (change) => paying(change, w.succeeded),
  "payment.declined": (change) => paying(change, w.declined),
  "payment.canceled": (change) => paying(change, w.canceled),
  "refund.started": (change, before) => toPayer(change, before, m.refundStarted, "refunding"),
  "refund.succeeded": () => w.refunded,
  "refund.failed": (change, before) => toPayer(change, before, m.refundFailed),
  "surplus.applied": (change, before) => toPayer(change, before, m.surplusApplied),
  "group.started": (change, _before, who) => fill(m.groupStarted, who, price(Object.values(change.d.groups ?? {})[0]?.amount ?? 0)),
  "group.succeeded": () => m.groupSucceeded,
  "group.released": () => m.groupReleased,
  "guests.reminded": (_change, _before, who) => fill(m.nudged, who),
  "hold.authorized": (change, before) => ofTab(change, before, m.tabHeld),
  "hold.captured": (change, before) => ofTab(change, before, m.tabCaptured),
  "hold.released": (change, before) => ofTab(change, before, m.tabReleased),
  "line.adjusted": (change, before, who) => fill(w.adjusted, who, dish(change, before)),
  "discount.applied": (_change, _before, who) => fill(w.discounted, who),
  "session.settled": () => w.allPaid,
  "session.closed": () => w.over,
  "request.made": (change, _before, who) => called(who, Object.values(change.d.requests ?? {})[0]?.kind),
}

/** @param {string} who @param {string | undefined} kind */
const called = (who, kind) => (kind === "join" ? fill(w.knocks, who) : fill(w.asksFor, who, w.asked[/** @type {"other"} */ (kind)] ?? w.asked.other))

/** @param {Change} change */
const names = (change) => all(Object.entries(change.d.guests ?? {}).filter(([, guest]) => guest?.color).map(([id], at) => (at ? nameOf(id) : NameOf(id))))

/** "Ben took Tiramisu", "Ana gave Tiramisu back", "Ana now has 2 parts of Tiramisu". @param {Change} change @param {any} before @param {string} by */
function claims(change, before, by) {
  for (const [line, { claims = {} }] of Object.entries(change.d.lines ?? {})) {
    for (const [guest, parts] of Object.entries(claims)) {
      const person = by === w.staff || who(guest) === by ? NameOf(guest) : `${by} (${fill(w.forWhom, nameOf(guest))})`
      const old = before.lines?.[line]?.claims?.[guest] ?? 0
      const name = dish(change, before)
      const others = Object.keys(before.lines?.[line]?.claims ?? {}).filter((id) => id !== guest)
      if (!parts) return fill(w.gave, person, name)
      if (old) return fill(w.nowPart, person, parts === 1 ? w.onePart : fill(w.someParts, parts), name)
      return others.length ? fill(w.sharesWith, person, name, all(others.map(nameOf))) : fill(w.tookIt, person, name)
    }
  }
  return null
}

/** @param {Change} change @param {any} before @param {string} words @param {"refunding"} [figure] */
function toPayer(change, before, words, figure) {
  const [id] = Object.keys(change.d.payments ?? {})
  const payment = id ? { ...before.payments?.[id], ...change.d.payments[id] } : null
  if (!payment) return null
  const guest = NameOf(payment.guest)
  return figure ? fill(words, price(payment[figure] ?? 0), payment.guest === me.value?.id ? w.you : guest) : fill(words, guest)
}

/** @param {Change} change @param {any} before @param {string} words */
function ofTab(change, before, words) {
  const [id] = Object.keys(change.d.holds ?? {})
  const guest = id && (change.d.holds[id]?.guest ?? before.holds?.[id]?.guest)
  return guest ? fill(words, NameOf(guest)) : null
}

/** Whether this event asks me for something, in words. @param {Change} change */
export function nudge(change) {
  const own = me.value?.id ?? ""
  if (change.k === "guests.reminded" && change.d.guests?.[own]?.remindedAt) return fill(m.nudge, price(view.value?.guests[own]?.due ?? 0))
  const group = change.k === "group.reminded" ? Object.keys(change.d.groups ?? {})[0] : undefined
  return group && view.value?.groups?.[group]?.waiting.includes(own) ? m.nudgeCard : null
}

/** @param {Change} change @param {string} words */
function paying(change, words) {
  const [id] = Object.keys(change.d.payments ?? {})
  const payment = id ? { ...view.value?.payments[id], ...change.d.payments[id] } : null
  return payment?.amount ? fill(words, NameOf(payment.guest), price(payment.amount + (payment.tip ?? 0))) : null
}
