// @ts-check
import { html } from "../vendor/ui.js"
import { since } from "./clock.js"
import { LINE, METHOD, PAYMENT, REQUEST, span } from "./words.js"

/** @typedef {import("./visit.js").Doing} Doing */
/** @typedef {import("../shared/types.js").Line} Line */
/** @typedef {import("../shared/types.js").Payment} Payment */

const OPEN = ["initiated", "awaiting", "processing", "authorized"]

/** @param {Doing} doing @param {string | undefined} id */
const nameOf = ({ view }, id) => (id === undefined ? "Staff" : view.guests[id]?.name || (id === "open" ? "Nobody" : "Somebody"))

/** @param {{doing: Doing}} props */
export function Requests({ doing }) {
  const requests = Object.entries(doing.view.requests)
  if (requests.length === 0) return null
  return html`<section class="card urgent" aria-label="Calls">
    ${requests.map(([id, request]) => html`<div class="row" key=${id}>
      <span class="grow"><strong>${REQUEST[request.kind] ?? request.kind}</strong><br /><span class="small">${request.by ? `${nameOf(doing, request.by)}, ` : ""}${span(since(request.at))}${request.claimedBy ? " · somebody is on the way" : ""}</span></span>
      ${request.kind === "join"
        ? html`<button type="button" class="button primary" onClick=${() => doing.run("guest.approve", { guest: request.by }, "Let in.")}>Let in</button>`
        : !request.claimedBy && request.kind !== "review" && html`<button type="button" class="button" onClick=${() => doing.run("request.claim", { request: id })}>I go</button>`}
      ${request.kind === "review"
        ? html`<a class="button primary" href="/staff/house#reviews">Decide</a>`
        : html`<button type="button" class="button" onClick=${() => doing.run("request.answer", { request: id })}>Done</button>`}
    </div>`)}
  </section>`
}

/** @param {{doing: Doing}} props */
export function Payments({ doing }) {
  const payments = Object.entries(doing.view.payments).filter(([, payment]) => payment.status !== "canceled" && payment.status !== "refused")
  if (payments.length === 0) return null
  return html`<section aria-label="Payments">
    <h3>Payments</h3>
    <ul class="list">${payments.map(([id, payment]) => html`<${PaymentRow} key=${id} id=${id} payment=${payment} doing=${doing} />`)}</ul>
  </section>`
}

/** @param {Payment} payment @param {Doing} doing */
function stateOf(payment, doing) {
  if (payment.disputed) return { kind: "bad", text: "Disputed" }
  if (payment.status === "succeeded") return payment.surplus > 0 ? { kind: "bad", text: `${doing.coins.format(payment.surplus)} too much` } : { kind: "good", text: PAYMENT.succeeded }
  if (payment.group && payment.status === "authorized") return { kind: "held", text: "Waits for the others" }
  if (payment.expiring) return { kind: "held", text: payment.released ? "Released, still watched" : "Being cancelled" }
  if (payment.decline) return { kind: "bad", text: "Card declined" }
  if (payment.action) return { kind: "held", text: "At the bank's check" }
  return { kind: "held", text: payment.method === "card" ? (PAYMENT[payment.status] ?? payment.status) : `To collect · ${span(since(payment.at))}` }
}

/** @param {Payment} payment @param {Doing} doing */
function heldFor(payment, doing) {
  if (!payment.expiresAt || payment.expiring) return ""
  const left = Date.parse(payment.expiresAt) - doing.now()
  return left > 0 ? ` · held ${span(left + 59_000)} more` : ""
}

/** @param {{id: string, payment: Payment, doing: Doing}} props */
function PaymentRow({ id, payment, doing }) {
  const { coins, ask, manages } = doing
  const open = OPEN.includes(payment.status)
  const state = stateOf(payment, doing)
  const sum = payment.amount + payment.tip + (payment.rounding ?? 0)
  return html`<li class="payment">
    <div class="row">
      <span class="grow"><strong>${nameOf(doing, payment.guest)}</strong> · ${METHOD[payment.method]}<br />
        <span class="small soft">${payment.tip > 0 ? `with ${coins.format(payment.tip)} tip` : "no tip"}${open ? heldFor(payment, doing) : ""}${payment.refunding ? ` · ${coins.format(payment.refunding)} on its way back` : ""}${payment.refunded > 0 ? ` · ${coins.format(payment.refunded)} refunded` : ""}</span></span>
      <span class="right"><span class="amount">${coins.format(sum)}</span><br /><span class="chip" data-kind=${state.kind}>${state.text}</span></span>
    </div>
    ${open && payment.method !== "card" && html`<div class="row">
      <button type="button" class="button primary grow" onClick=${() => ask("confirm", { id, payment })}>${payment.method === "cash" ? "Confirm cash" : "Confirm terminal"}</button>
      <button type="button" class="button" onClick=${() => ask("confirm", { id, payment, cancel: true })}>Cancel</button>
    </div>`}
    ${payment.status === "succeeded" && doing.serves && payment.refunded + (payment.refunding ?? 0) < sum && html`<button type="button" class="button quiet" onClick=${() => ask("refund", { id, payment })}>Refund<span class="visually-hidden"> ${nameOf(doing, payment.guest)}, ${coins.format(sum)}</span></button>`}
    ${open && payment.method === "card" && manages && !payment.released && html`<button type="button" class="button quiet" onClick=${() => ask("confirm", { id, payment, release: true })}>Release this share</button>`}
  </li>`
}

/** @param {{doing: Doing}} props */
export function Lines({ doing }) {
  const lines = Object.entries(doing.view.lines).sort(([, one], [, other]) => one.n - other.n)
  return html`<section aria-label="Items">
    <h3>Items</h3>
    ${lines.length === 0
      ? html`<p class="soft">Nothing ordered yet.</p>`
      : html`<ul class="list">${lines.map(([id, line]) => html`<${LineRow} key=${id} id=${id} line=${line} doing=${doing} />`)}</ul>`}
  </section>`
}

/** Who takes it and how much of it is paid, in words. @param {Line} line @param {Doing} doing */
function lineWords(line, doing) {
  const takers = Object.keys(line.claims).map((guest) => nameOf(doing, guest))
  const parts = [takers.length ? takers.join(", ") : "nobody's", LINE[line.status] ?? line.status]
  if (line.reason) parts.push(line.reason)
  if (line.charged > 0 && line.unpaid <= 0 && line.reserved === 0) parts.push(line.unpaid < 0 ? "credit" : "paid")
  else if (line.reserved > 0) parts.push("being paid")
  else if (line.settled > 0) parts.push(`${doing.coins.format(line.unpaid)} left`)
  return parts.join(" · ")
}

/** @param {{id: string, line: Line, doing: Doing}} props */
function LineRow({ id, line, doing }) {
  const gone = line.status === "voided"
  return html`<li>
    <button type="button" class="line" data-gone=${gone ? "yes" : null} disabled=${gone} onClick=${() => doing.ask("line", { id, line })}>
      <span class="grow"><span class="line-name">${line.quantity > 1 ? `${line.quantity} × ` : ""}${line.name}</span>
        ${line.modifiers.length > 0 && html`<br /><span class="small">${line.modifiers.map((modifier) => modifier.name).join(", ")}</span>`}
        ${line.note && html`<br /><span class="small">“${line.note}”</span>`}
        <br /><span class="small soft">${lineWords(line, doing)}</span></span>
      <span class="amount">${doing.coins.format(line.charged)}</span>
    </button>
  </li>`
}

/** @param {{doing: Doing}} props */
export function Guests({ doing }) {
  const guests = Object.entries(doing.view.guests).filter(([, guest]) => !guest.left || guest.due > 0)
  if (guests.length === 0) return null
  const { coins, view, ask } = doing
  return html`<section aria-label="Who owes what">
    <h3>Who owes what</h3>
    <ul class="list">
      ${guests.map(([id, guest]) => html`<li class="row guest" key=${id}>
        <span class=${guest.left ? "avatar away" : "avatar"} data-color=${guest.color} aria-hidden="true">${guest.name.slice(0, 1)}</span>
        <span class="grow">${guest.name}${guest.companionOf ? ` (with ${nameOf(doing, guest.companionOf)})` : ""}${guest.left ? " · left" : ""}<br />
          <span class="small soft">${guest.settled > 0 ? `${coins.format(guest.settled)} paid` : "nothing paid"}${guest.reserved > 0 ? ` · ${coins.format(guest.reserved)} being paid` : ""}</span></span>
        <span class="amount">${coins.format(guest.due)}</span>
        ${guest.due > 0 && html`<button type="button" class="button" onClick=${() => ask("take", { guest: id })}>Take</button>`}
        ${!guest.left && !guest.companionOf && html`<button type="button" class="button quiet icon" aria-label=${`Remove ${guest.name}`} onClick=${() => ask("remove", { id, guest })}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg></button>`}
      </li>`)}
      ${view.totals.open > 0 && html`<li class="row guest"><span class="avatar away" aria-hidden="true">?</span><span class="grow">Nobody has taken this yet</span><span class="amount">${coins.format(view.totals.open)}</span></li>`}
    </ul>
  </section>`
}
