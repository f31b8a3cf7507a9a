// @ts-check
// The lines of the bill: what each is, whose it is, and the tap that takes it or gives it back.
import { html } from "../vendor/ui.js"
import { command } from "./doing.js"
import { Avatar, NameOf, nameOf, payersOf, sorted } from "./people.js"
import { glowing, isOpen, isOver, lines, me, mine, open, pending, price, shownLines, view } from "./state.js"
import { all, fill, fraction, w } from "./words.js"

/** @typedef {import("./types.js").Line} Line */

const FILTER_FROM = 9
const NAMES_LONG = 36

/** Line `line` as a patch of the view, with `guest` holding `parts`. @param {string} line @param {string} guest @param {number} parts */
const claimed = (line, guest, parts) => () => ({ lines: { [line]: { claims: { [guest]: parts || null } } } })

/** Take parts of a line for somebody of mine, and offer to take it back. @param {string} id @param {string} guest @param {number} parts */
export function claim(id, guest, parts) {
  const line = view.value?.lines[id]
  const before = line?.claims[guest] ?? 0
  const undo = () => command("claims.set", { line: id, guest, parts: before }, claimed(id, guest, before))
  command("claims.set", { line: id, guest, parts }, claimed(id, guest, parts), {
    text: parts ? fill(w.took, line?.name ?? "") : fill(w.gaveBack, line?.name ?? ""), undo,
  })
}

/** Who holds it, in words: "Ana and you, ½ each". @param {Line} line */
export function claimWords(line) {
  const claims = Object.entries(line.claims)
  const whole = claims.reduce((sum, [, parts]) => sum + parts, line.openParts ?? 0)
  if (!claims.length) return w.nobody
  const ids = sorted(claims.map(([id]) => id))
  const [first] = ids
  if (claims.length === 1 && !line.openParts) return first === me.value?.id ? w.itsYours : fill(w.theirs, nameOf(first))
  const alike = claims.every(([, parts]) => parts === claims[0]?.[1])
  const names = ids.map((id, at) => (at ? nameOf(id) : NameOf(id)))
  const rest = line.openParts ? `, ${fill(w.open, fraction(line.openParts, whole))}` : ""
  const part = fraction(claims[0]?.[1] ?? 1, whole)
  if (alike && claims.length === 1) return fill(w.parts, names[0] ?? "", part) + rest
  // Where names run out of room, they are cut off and not the figure.
  if (alike) return fill(all(names).length > NAMES_LONG ? w.eachFirst : w.each, all(names), part) + rest
  return ids.map((id, at) => fill(w.parts, names[at] ?? "", fraction(line.claims[id] ?? 0, whole))).join(", ") + rest
}

/** The state of a line and the sentence under its name. @param {string} id @param {Line} line @returns {[string, string]} */
export function tell(id, line) {
  if (line.status === "voided") return ["void", [w.voided, line.reason].filter(Boolean).join(": ")]
  if (line.status === "comped") return ["paid", [w.comped, line.reason].filter(Boolean).join(": ")]
  if (line.unpaid <= 0 && line.settled > 0 && !line.reserved) return ["paid", fill(w.paidBy, all(sorted(payersOf(id, (payment) => payment.status === "succeeded")).map(nameOf)))]
  if (line.unpaid <= 0 && line.reserved > 0) {
    const payers = sorted(payersOf(id, isOpen))
    const plural = payers.length > 1 || payers[0] === me.value?.id
    return ["held", fill(plural ? w.payingMany : w.payingOne, all(payers.map((one, at) => (at ? nameOf(one) : NameOf(one)))))]
  }
  const byDish = view.value?.split.mode === "items"
  const held = mine.value.some((guest) => line.claims[guest])
  const state = !byDish ? "plain" : held ? "mine" : Object.keys(line.claims).length ? "theirs" : "open"
  const kitchen = w.kitchen[line.status]
  const words = byDish ? claimWords(line) : line.orderedBy ? fill(w.orderedBy, nameOf(line.orderedBy)) : w.byStaff
  return [state, kitchen ? `${words} · ${kitchen}` : words]
}

/** The list, in the order in which things were ordered: lines never move under a finger. */
export function Lines() {
  const every = lines.value
  if (!every.length) return html`<div class="empty card"><h2>${w.nothingYet}</h2><p class="soft">${w.nothingYetMore}</p></div>`
  const wanted = every.filter(([id, line]) => shownLines.value === "all" || view.value?.split.mode !== "items" || tell(id, line)[0] === shownLines.value)
  return html`${every.length >= FILTER_FROM && view.value?.split.mode === "items" && html`<${Filter} />`}
    <ol class="lines card" data-split=${view.value?.split.mode}>${wanted.map(([id, line]) => html`<${Row} key=${id} id=${id} line=${line} />`)}</ol>`
}

function Filter() {
  const options = /** @type {const} */ ([["all", w.all], ["mine", w.yours], ["open", w.free]])
  return html`<div class="filter" role="group" aria-label=${w.bill}>${options.map(([value, label]) => html`
    <button type="button" class="chip-button" aria-pressed=${shownLines.value === value} onClick=${() => (shownLines.value = value)}>
      ${label} <span class="soft">${value === "all" ? lines.value.length : lines.value.filter(([id, line]) => tell(id, line)[0] === value).length}</span>
    </button>`)}</div>`
}

/** @param {{id: string, line: Line}} props */
function Row({ id, line }) {
  const [state, words] = tell(id, line)
  const own = me.value?.id ?? ""
  const held = Boolean(line.claims[own])
  const free = view.value?.split.mode === "items" && !isOver.value && own && (state === "mine" || state === "theirs" || state === "open")
  const busy = pending.value.some((one) => one.d.line === id)
  const others = state === "plain" ? [] : Object.keys(line.claims).filter((guest) => guest !== own)
  const inside = html`<span class="line-mark" aria-hidden="true">${state === "held" ? html`<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="8" /><path d="M12 8v4l3 2" /></svg>` : html`<svg viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5" /></svg>`}</span>
    <span class="line-text">
      <span class="line-name">${line.quantity > 1 && html`<span class="soft">${line.quantity} × </span>`}${line.name}</span>
      ${line.modifiers.length > 0 && html`<span class="line-extra">${line.modifiers.map((one) => one.name).join(", ")}</span>`}
      <span class="line-words">${words}</span>
    </span>
    <span class="line-side">
      <span class="line-amount amount">${price(line.price)}</span>
      <span class="line-who">${others.slice(0, 3).map((guest) => html`<${Avatar} key=${guest} id=${guest} small />`)}</span>
    </span>`
  const tap = free
    ? html`<button type="button" class="line-tap" aria-pressed=${held} onClick=${() => claim(id, own, held ? 0 : 1)}>${inside}</button>`
    : html`<div class="line-tap">${inside}</div>`
  return html`<li class="line" data-state=${state} data-glow=${glowing.value.has(id)} data-busy=${busy}>
    ${tap}
    <button type="button" class="line-more" aria-label=${fill(w.more, line.name)} onClick=${() => open("line", { id })}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h.01M12 12h.01M19 12h.01" /></svg></button>
  </li>`
}
