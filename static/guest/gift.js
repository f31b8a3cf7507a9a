// @ts-check
// Gift cards and passes: paying with one, and the codes of those that I bought.
import { html, useEffect, useState } from "../vendor/ui.js"
import { get, keyOf, post, Problem, settle } from "../shared/api.js"
import { Sheet } from "../shared/sheet.js"
import { isStale, lang, me, offer, price, tipOn, view } from "./state.js"
import { session } from "./table.js"
import { trouble, w } from "./words-more.js"
import { fill, GIFT_TROUBLE, m } from "./words-money.js"

/** @typedef {import("../shared/types.js").GiftCard} GiftCard */

/** @param {string} at */
const date = (at) => new Intl.DateTimeFormat(lang, { dateStyle: "medium" }).format(new Date(at))

/** @param {{onclose: () => void}} props */
export default function GiftSheet({ onclose }) {
  const [code, setCode] = useState("")
  const [card, setCard] = useState(/** @type {GiftCard | null} */ (null))
  const [paid, setPaid] = useState(/** @type {import("../shared/types.js").StartedPayment | null} */ (null))
  const [wrong, setWrong] = useState("")
  const [busy, setBusy] = useState(false)
  const due = offer.value.amount + tipOn(offer.value.amount)
  const sum = card?.kind === "pass" ? 0 : Math.min(card?.balance ?? 0, due)
  /** @param {() => Promise<void>} run */
  const attempt = async (run) => {
    setBusy(true)
    setWrong("")
    try {
      await run()
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      setWrong(GIFT_TROUBLE[problem.code] ?? trouble(problem))
    } finally {
      setBusy(false)
    }
  }
  const check = (/** @type {Event} */ event) => {
    event.preventDefault()
    attempt(async () => setCard(await post("gift-cards/balance", { code: code.trim() })))
  }
  const pay = () => attempt(async () => {
    // A card that does not hold my whole share pays a part of it; the tip comes with whatever pays the rest.
    const whole = card?.kind === "pass" || sum === due
    const what = whole ? { pays: offer.value.pays, tipAmount: card?.kind === "pass" ? 0 : tipOn(offer.value.amount) } : { amount: Math.min(sum, offer.value.amount), tipAmount: 0 }
    const body = { paymentMethod: "giftCard", code: code.trim(), ...what }
    const intent = `gift:${session()}`
    try {
      setPaid(await post(`table-sessions/${session()}/payment`, body, { key: keyOf(intent, body), timeout: 20_000 }))
      settle(intent)
    } catch (problem) {
      if (problem instanceof Problem && problem.code !== "offline") settle(intent)
      throw problem
    }
  })
  if (paid) return html`<${Sheet} title=${m.gift} onclose=${onclose} foot=${html`<a class="button wide" href=${paid.receiptUrl ?? `/api/v1/payments/${paid.id}/receipt.html`}>${w.receipt}</a><button type="button" class="button primary tall wide" onClick=${onclose}>${w.done}</button>`}>
    <div role="status" class="stack"><p>${fill(m.giftPaid, price(paid.amount + paid.tipAmount))}</p>
      ${paid.giftCard?.balance !== undefined && html`<p>${fill(m.giftLeft, price(paid.giftCard.balance))}</p>`}${paid.giftCard?.usesLeft !== undefined && html`<p>${fill(m.giftUses, paid.giftCard.usesLeft)}</p>`}
      ${offer.value.amount > 0 && offer.value.pays !== "everything" && html`<p>${fill(m.giftRest, price(offer.value.amount))}</p>`}</div><//>`
  const foot = card && html`<button type="button" class="button primary tall wide" disabled=${busy || isStale.value || (card.kind !== "pass" && sum <= 0)} onClick=${pay}>${card.kind === "pass" ? m.passPay : fill(m.giftPay, price(sum))}</button>`
  return html`<${Sheet} title=${m.gift} onclose=${onclose} foot=${foot}>
    <form class="stack" onSubmit=${check}><div class="field"><label for="code">${m.giftCode}</label>
      <input id="code" class="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" value=${code} aria-invalid=${Boolean(wrong)} aria-describedby=${wrong ? "code-wrong" : null} onInput=${(/** @type {any} */ event) => (setCode(event.target.value), setCard(null))} />
      ${wrong && html`<p id="code-wrong" class="error" role="alert">${wrong}</p>`}</div>
      ${!card && html`<button class="button wide" disabled=${busy || code.trim().length < 4}>${m.giftCheck}</button>`}</form>
    ${card && html`<div role="status">${card.balance !== undefined && html`<p>${fill(m.giftBalance, price(card.balance))}</p>`}${card.usesLeft !== undefined && html`<p>${fill(m.giftUses, card.usesLeft)}</p>`}${card.validUntil && html`<p class="soft small">${fill(m.giftUntil, date(card.validUntil))}</p>`}</div>`}
  <//>`
}

/** Payments of mine that bought gift cards or passes. */
export const boughtWith = () => Object.entries(view.value?.payments ?? {}).filter(([, one]) => one.guest === me.value?.id && one.status === "succeeded" && Object.keys(one.allocations).some((line) => view.value?.lines[line]?.product)).map(([id]) => id)

/** The codes of what I bought. */
export function Codes() {
  const ids = boughtWith()
  const [cards, setCards] = useState(/** @type {GiftCard[]} */ ([]))
  useEffect(() => {
    Promise.all(ids.map((id) => get(`payments/${id}/gift-cards`).then((answer) => answer.giftCards, () => []))).then((found) => setCards(found.flat()))
  }, [ids.join()])
  if (!cards.length) return null
  return html`<section class="card stack" aria-label=${m.yourCodes}><h2>${m.yourCodes}</h2>${cards.map((one) => html`<div key=${one.id}><p class="code">${one.code ?? `…${one.last4}`}</p><p class="soft small">${one.value !== undefined ? price(one.value) : ""}${one.validUntil ? ` · ${fill(m.giftUntil, date(one.validUntil))}` : ""}</p></div>`)}<p class="soft small">${m.codeMore}</p></section>`
}
