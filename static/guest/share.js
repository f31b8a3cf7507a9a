// @ts-check
// My share: the amount, the tip, and the ways to pay it.
import { html, useState } from "../vendor/ui.js"
import { percent } from "../shared/money.js"
import { clock, coins, due, isOver, isStale, lang, me, myPayment, myself, offer, open, page, price, tip, tipOn, view } from "./state.js"
import { Stepper } from "../shared/controls.js"
import { amountOf } from "../shared/typed.js"
import { command } from "./doing.js"
import { party } from "./people.js"
import { Lazy } from "./page.js"
import { decline, fill, minutes, w } from "./words-more.js"

/** What concerns me, above the end of the bill. */
export default function Share() {
  const now = view.value
  if (!now || !me.value) return null
  const own = Object.entries(now.payments).filter(([, one]) => one.guest === me.value?.id)
  const back = now.totals.credit > 0 || own.some(([, one]) => one.surplus > 0 || one.refunding || one.refunded > 0)
  const tabs = Object.values(now.holds).some((one) => one.guest === me.value?.id)
  const bought = own.some(([, one]) => one.status === "succeeded" && Object.keys(one.allocations).some((line) => now.lines[line]?.product))
  return html`
    ${now.groups && html`<${Lazy} key="together" from=${() => import("./together.js")} />`}
    ${back && html`<${Lazy} key="back" from=${() => import("./back.js")} />`}
    ${tabs && html`<${Lazy} key="tab" from=${() => import("./tab.js").then(({ TabLine }) => ({ default: TabLine }))} props=${{ onopen: () => open("tab") }} />`}
    ${bought && html`<${Lazy} key="codes" from=${() => import("./gift.js").then(({ Codes }) => ({ default: Codes }))} />`}
    <${Own} key="own" />`
}

function Own() {
  const totals = view.value?.totals
  const guest = myself.value
  if (!totals || !guest || isOver.value) return null
  if (!due.value && guest.settled) return html`<${Settled} guest=${guest} />`
  // A share of a group payment stands on the group's own card.
  if (myPayment.value?.[1].group) return null
  if (myPayment.value) return html`<${Paying} payment=${myPayment.value[1]} />`
  if (!totals.unpaid) return null
  return html`<section class="card share" aria-labelledby="share-title">
    <div class="row">
      <h2 id="share-title" class="grow">${w.yourShare}</h2>
      <strong class="share-amount amount">${price(due.value)}</strong>
    </div>
    ${due.value
      ? html`<p class="share-facts"><button type="button" class="link" onClick=${() => open("why")}>${fill(w.why, price(due.value))}</button></p>`
      : html`<p class="soft">${view.value?.split.mode === "items" ? w.nothingYoursMore : w.takeShare}</p>`}
    <${Taking} />
    <${TipRow} amount=${offer.value.amount} />
    <${Remainder} left=${totals.unpaid - offer.value.amount} all=${totals.unpaid} />
    <div class="share-ways">
      <button type="button" class="button" disabled=${isStale.value} onClick=${() => open("pay", { method: "cash" })}>${due.value ? w.payCash : w.payAllCash}</button>
      <button type="button" class="button" onClick=${() => open("owes")}>${w.otherWays}</button>
    </div>
  </section>`
}

/** What would be left is too little for anybody's card: offer to include it. @param {{left: number, all: number}} props */
function Remainder({ left, all }) {
  if (left <= 0 || left >= (page.pay.cardMinimum ?? 0)) return null
  return html`<p>${fill(w.tooLittleLeft, price(left))} <button type="button" class="link" onClick=${() => open("pay", { pays: "everything", amount: all })}>${w.includeIt}</button></p>`
}

/** How much of the whole I take, in the modes that are not about dishes. */
function Taking() {
  const split = view.value?.split
  const own = me.value?.id
  if (own && (split?.mode === "amounts" || split?.mode === "percent")) return html`<button type="button" class="button wide" onClick=${() => open("split")}>${split.mode === "amounts" ? w.nameAmount : w.howSplit}</button>`
  if (!own || split?.mode !== "even") return null
  const taken = split.parts[own] ?? 0
  const take = (/** @type {number} */ shares) => command("parts.set", { guest: own, shares }, () => ({ split: { parts: { [own]: shares } } }))
  return html`<div class="row">
    <span class="grow">${fill(w.sharesOf, taken, split.shares ?? 0)}</span>
    <${Stepper} label=${w.yourShares} value=${taken} min=${split.consumed[own] ?? 0} max=${99} onchange=${take} />
  </div>`
}

/** @param {{payment: import("./types.js").Payment}} props */
function Paying({ payment }) {
  return html`<section class="card share" aria-labelledby="share-title"><div class="row"><h2 id="share-title" class="grow">${w.youPay}</h2>
    <strong class="share-amount amount">${price(payment.amount + payment.tip + (payment.rounding ?? 0))}</strong></div><p class="soft">${payment.expiresAt ? fill(w.heldFor, minutes(Date.parse(payment.expiresAt) - clock.value)) : w.youPayMore}</p>
    ${payment.decline && html`<p class="error" role="status">${decline(payment.decline)} ${w.stillHeld}</p>`}</section>`
}

/** @param {{guest: import("./types.js").Guest}} props */
function Settled({ guest }) {
  const totals = view.value?.totals
  const paid = Object.entries(view.value?.payments ?? {}).filter(([, one]) => one.guest === me.value?.id && one.status === "succeeded")
  const done = view.value?.tableSession.status === "settled"
  return html`<section class="card share done" aria-labelledby="share-title">
    <div class="row"><span class="tick" aria-hidden="true"><svg viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5" /></svg></span>
      <h2 id="share-title" class="grow">${done ? w.allPaid : w.yourPart}</h2><strong class="share-amount amount">${price(guest.settled)}</strong></div>
    <p>${done ? w.allPaidMore : fill(w.tableLeft, price(totals?.unpaid ?? 0), through())}</p>
    <div class="share-ways">${paid.map(([id, one]) => html`<a key=${id} class="button" href=${`/api/v1/payments/${id}/receipt.html`}>${w.receipt} ${price(one.amount + one.tip)}</a>`)}
      ${!done && html`<button type="button" class="button" onClick=${() => open("owes")}>${w.everyone}</button>`}</div>
  </section>`
}

/** No tip is chosen for anybody, and "No tip" is as large as the rest. @param {{amount: number}} props */
export function TipRow({ amount }) {
  const service = view.value?.serviceCharge
  const [adds, setAdds] = useState(false)
  const [other, setOther] = useState(false)
  const presets = page.menu.tipPresets
  if (service?.applies && !adds && !tip.value) return html`<p class="tip-included">${fill(w.serviceIncluded, percent(service.ppm, lang))} · <button type="button" class="link" onClick=${() => setAdds(true)}>${w.addMore}</button></p>`
  const choose = (/** @type {import("./types.js").Tip | null} */ next) => {
    setOther(false)
    tip.value = next
  }
  const is = (/** @type {string} */ kind, /** @type {number} */ value) => !other && tip.value?.kind === kind && tip.value.value === value
  return html`<div class="tips" role="group" aria-label=${w.tip}>
    <div class="tip-head"><strong>${w.tip}</strong>${tipOn(amount) > 0 && html`<span class="soft amount">${price(tipOn(amount))}</span>`}
      <button type="button" class="button quiet" aria-expanded=${other || tip.value?.kind === "amount"} onClick=${() => setOther(!other)}>${w.otherTip}</button></div>
    <div class="tip-row">
      <button type="button" class="button" aria-pressed=${is("none", 0)} onClick=${() => choose({ kind: "none", value: 0 })}>${w.noTip}</button>
      ${presets.map((ppm) => html`<button key=${ppm} type="button" class="button" aria-pressed=${is("ppm", ppm)} onClick=${() => choose(is("ppm", ppm) ? null : { kind: "ppm", value: ppm })}>${percent(ppm, lang)}</button>`)}
    </div>
    ${(other || tip.value?.kind === "amount") && html`<${OtherTip} />`}
  </div>`
}

function OtherTip() {
  const [text, setText] = useState(tip.value?.kind === "amount" ? coins().plain(tip.value.value) : "")
  const wrong = text.trim() !== "" && amountOf(coins(), text) === null
  const typed = (/** @type {Event} */ event) => {
    const now = /** @type {HTMLInputElement} */ (event.target).value
    setText(now)
    const amount = amountOf(coins(), now)
    if (amount !== null) tip.value = amount ? { kind: "amount", value: amount } : { kind: "none", value: 0 }
  }
  return html`<div class="field"><label for="tip-amount">${w.tipAmount}</label>
    <input id="tip-amount" inputmode="decimal" autocomplete="off" enterkeyhint="done" value=${text} placeholder=${coins().plain(0)} aria-invalid=${wrong} aria-describedby=${wrong ? "tip-wrong" : undefined} onInput=${typed} />
    ${wrong && html`<p id="tip-wrong" class="error">${w.noAmount}</p>`}</div>`
}

/** "2 of 4": how many of those who have or had something to pay are through. */
export function through() {
  const everybody = party().filter(([, one]) => one.settled || one.due || one.reserved)
  return fill(w.nofm, everybody.filter(([, one]) => !one.due && !one.reserved).length, everybody.length)
}
