// @ts-check
// Who owes what, for everybody; and every other way to pay: all of it, what nobody took, a friend's part, any amount.
import { html, useState } from "../vendor/ui.js"
import { Sheet } from "../shared/sheet.js"
import { amountOf } from "../shared/typed.js"
import { Avatar, NameOf, fullName, party } from "./people.js"
import { coins, due, isStale, me, mine, myPayment, open, price, view } from "./state.js"
import { command } from "./doing.js"
import { couldPropose, propose } from "./together.js"
import { all, fill, w } from "./words-more.js"
import { m } from "./words-money.js"

/** @param {{onclose: () => void}} props */
export default function OwesSheet({ onclose }) {
  const [treated, setTreated] = useState(/** @type {string[]} */ ([]))
  const totals = view.value?.totals
  if (!totals) return null
  const off = isStale.value || Boolean(myPayment.value)
  const guests = [...mine.value.filter((id) => view.value?.guests[id]?.due), ...treated]
  const amount = guests.reduce((sum, id) => sum + (view.value?.guests[id]?.due ?? 0), 0)
  const others = Object.entries(view.value?.guests ?? {}).filter(([id, one]) => one.due > 0 && !one.left && !mine.value.includes(id))
  const lately = others.some(([, one]) => one.remindedAt && Date.now() - Date.parse(one.remindedAt) < 60_000)
  const together = () => {
    onclose()
    propose()
  }
  const toggle = (/** @type {string} */ id) => setTreated(treated.includes(id) ? treated.filter((one) => one !== id) : [...treated, id])
  const foot = treated.length > 0 && html`<button type="button" class="button primary tall wide" disabled=${off} onClick=${() => open("pay", { pays: { guests }, amount })}>${fill(due.value > 0 ? w.treatBoth : w.treatFor, price(amount), all(treated.map(fullName)))}</button>`
  return html`<${Sheet} title=${w.everyone} onclose=${onclose} foot=${foot}>
    <ul class="holders">${party().map(([id, guest]) => html`<${Owing} key=${id} id=${id} guest=${guest} treated=${treated.includes(id)} ontreat=${off ? null : () => toggle(id)} />`)}</ul>
    ${totals.open > 0 && html`<div class="nudge-card"><p><strong class="amount">${price(totals.open)}</strong> ${w.nobodyTook}</p>
      <button type="button" class="button" disabled=${off} onClick=${() => open("pay", { pays: "open", amount: totals.open })}>${w.payThat}</button></div>`}
    <div class="share-ways">
      <button type="button" class="button" disabled=${off || totals.unpaid <= 0} onClick=${() => open("pay", { pays: "everything", amount: totals.unpaid })}>${fill(w.payAll, price(totals.unpaid))}</button>
      <button type="button" class="button" onClick=${() => open("split")}>${w.howSplit}</button>
      <button type="button" class="button" disabled=${off || totals.unpaid <= 0} onClick=${() => open("gift")}>${m.gift}</button>
      <button type="button" class="button" disabled=${isStale.value} onClick=${() => open("tab")}>${m.tab}</button>
      ${couldPropose() && html`<button type="button" class="button" disabled=${off} onClick=${together}>${m.propose}</button>`}
      ${others.length > 0 && html`<button type="button" class="button" disabled=${isStale.value || lately} onClick=${() => command("guests.remind", {})}>${lately ? m.reminded : m.remind}</button>`}
    </div>
    ${couldPropose() && html`<p class="soft small">${m.togetherMore}</p>`}
    <${Free} off=${off} most=${totals.unpaid} />
    <p class="soft small">${fill(w.sums, price(totals.settled), price(totals.reserved), price(totals.unpaid), price(totals.total + totals.credit))}</p>
  <//>`
}

/** @param {{id: string, guest: import("./types.js").Guest, treated: boolean, ontreat: (() => void) | null}} props */
function Owing({ id, guest, treated, ontreat }) {
  const facts = [guest.due && fill(w.owes, price(guest.due)), guest.reserved && fill(w.isPaying, price(guest.reserved)), guest.settled && fill(w.hasPaid, price(guest.settled)), guest.companionOf && fill(w.with, NameOf(guest.companionOf))].filter(Boolean)
  const own = mine.value.includes(id)
  return html`<li class="row owing"><${Avatar} id=${id} /><div class="grow"><strong class="ellipsis">${NameOf(id)}</strong><p class="soft small">${facts.join(" · ") || w.owesNothing}</p></div>
    ${!own && guest.due > 0 && me.value && html`<button type="button" class="button" aria-pressed=${treated} disabled=${!ontreat} aria-label=${fill(w.treatName, fullName(id))} onClick=${ontreat}>${w.treat}</button>`}</li>`
}

/** @param {{off: boolean, most: number}} props */
function Free({ off, most }) {
  const [text, setText] = useState("")
  const amount = text.trim() ? amountOf(coins(), text) : 0
  const wrong = amount === null ? w.noAmount : amount > most ? fill(w.tooMuch, price(most)) : ""
  const pay = (/** @type {Event} */ event) => {
    event.preventDefault()
    if (amount && !wrong) open("pay", { pays: { amount }, amount })
  }
  return html`<form class="field" onSubmit=${pay}><label for="free">${w.anyAmount}</label>
    <div class="row"><input id="free" class="grow" inputmode="decimal" autocomplete="off" enterkeyhint="go" value=${text} placeholder=${coins().plain(0)} aria-invalid=${Boolean(wrong)} aria-describedby=${wrong ? "free-wrong" : undefined} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    <button class="button" disabled=${off || !amount || Boolean(wrong)}>${w.payWord}</button></div>
    ${wrong && html`<p id="free-wrong" class="error" role="alert">${wrong}</p>`}</form>`
}
