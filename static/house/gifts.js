// @ts-check
// Gift cards and passes: what is on sale, and every card that was sold with what is left on it.
import { html, useState } from "../vendor/ui.js"
import { Segmented, Sheet, Stepper } from "../shared/sheet.js"
import { amountOf } from "../shared/typed.js"
import { ask, tell } from "../staff/calls.js"
import { Wrong, useTry } from "../staff/trying.js"
import { Answer, Do, Filter, More, Section, coins, moment, price, useAsk, useList } from "./parts.js"

/** @typedef {import("./types.js").GiftCard} GiftCard */
/** @typedef {import("./types.js").Product} Product */

/** @type {Record<string, {kind: string, text: string}>} */
const STATE = { active: { kind: "good", text: "Valid" }, blocked: { kind: "bad", text: "Blocked" }, expired: { kind: "", text: "Expired" }, empty: { kind: "", text: "Used up" }, used: { kind: "", text: "Used up" } }

export default function Gifts() {
  const [adding, setAdding] = useState(false)
  const products = useAsk("gift-card-products", { still: true })
  /** @type {Product[]} */
  const onSale = products.found?.products ?? []
  return html`<${Section} title="Gift cards" lead="Sold like a dish, from the menu or by staff; the code appears when it is paid. Redeemed as a way to pay." tools=${html`<button type="button" class="button primary" onClick=${() => setAdding(true)}>New product</button>`}>
    <section class="card stack"><h3>On sale</h3><${Answer} asked=${products} empty=${onSale.length === 0 && "No gift card or pass is on sale yet."}>
      <ul class="list">${onSale.map((one) => html`<li class="row" key=${one.menuItemId}><span class="grow"><strong>${one.name}</strong><br /><span class="soft small">${grantWords(one.grants)}${one.available ? "" : " · sold out"}</span></span><span class="amount">${price(one.price)}</span></li>`)}</ul><//></section>
    <${Sold} />
    ${adding && html`<${NewProduct} again=${products.again} onclose=${() => setAdding(false)} />`}
  <//>`
}

/** @param {Product["grants"]} grants */
const grantWords = ({ kind, value, uses, validDays }) => [kind === "giftCard" ? `Gift card over ${price(value ?? 0)}` : `Pass for ${uses ?? "any number of"} ${uses === 1 ? "use" : "uses"}`, validDays && `valid for ${validDays} days`].filter(Boolean).join(", ")

function Sold() {
  const [state, setState] = useState("active")
  const { asked, rows, next, goOn } = useList(`gift-cards?state=${state}`, "giftCards", "before")
  return html`<section class="card stack"><div class="row"><h3 class="grow">Sold</h3><${Filter} label="Which cards" value=${state} options=${[["active", "Valid"], ["blocked", "Blocked"], ["", "All"]]} onchange=${setState} /></div>
    <${Answer} asked=${asked} empty=${rows.length === 0 && "None."}><ul class="list">${rows.map((one) => html`<${Card} key=${one.id} card=${one} again=${asked.again} />`)}</ul><${More} next=${next} goOn=${goOn} /><//></section>`
}

/** @param {{card: GiftCard, again: () => Promise<void>}} props */
function Card({ card, again }) {
  const state = STATE[card.state] ?? { kind: "", text: card.state }
  const blocked = card.state === "blocked"
  const turn = async () => {
    await tell(ask("PATCH", `gift-cards/${card.id}`, { state: blocked ? "active" : "blocked" }), blocked ? "The card is valid again." : "The card is blocked.")
    await again()
  }
  return html`<li class="row"><span class="grow"><strong>${card.kind === "pass" ? "Pass" : "Gift card"} …${card.last4}</strong> <span class="chip" data-kind=${state.kind}>${state.text}</span><br />
      <span class="soft small">${card.soldAt ? `sold ${moment(card.soldAt)}` : ""}${card.validUntil ? ` · valid until ${moment(card.validUntil)}` : ""}</span></span>
    <span class="amount">${card.kind === "pass" ? `${card.usesLeft ?? 0} left` : price(card.balance ?? 0, card.currency)}</span>
    ${(blocked || card.state === "active") && html`<${Do} label=${blocked ? "Unblock" : "Block"} about=${`card ${card.last4}`} run=${turn} />`}</li>`
}

/** @param {{again: () => Promise<void>, onclose: () => void}} props */
function NewProduct({ again, onclose }) {
  const [kind, setKind] = useState("giftCard")
  const [name, setName] = useState("")
  const [typed, setTyped] = useState("")
  const [worth, setWorth] = useState("")
  const [uses, setUses] = useState(10)
  const [days, setDays] = useState(365)
  const { busy, wrong, attempt } = useTry()
  const cost = amountOf(coins, typed)
  const value = worth === "" ? cost : amountOf(coins, worth)
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    const body = { name: name.trim(), price: cost, kind, validDays: days, ...(kind === "pass" ? { uses } : { value }) }
    const done = await attempt(() => ask("POST", "gift-card-products", body), "It is on the menu.")
    await again()
    if (done !== undefined) onclose()
  }
  const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ now, /** @type {(value: string) => void} */ set, /** @type {string} */ mode) =>
    html`<div class="field"><label for=${id}>${label}</label><input id=${id} inputmode=${mode} autocomplete="off" maxlength="80" value=${now} onInput=${(/** @type {any} */ event) => set(event.target.value)} /></div>`
  return html`<${Sheet} title="New product" onclose=${onclose} kind="dialog"><form class="stack" onSubmit=${go}>
    <${Segmented} name="kind" label="What it is" value=${kind} onchange=${setKind} options=${[{ value: "giftCard", label: "Gift card" }, { value: "pass", label: "Pass" }]} />
    ${field("name", "Name on the menu", name, setName, "text")}
    ${field("price", "Price", typed, setTyped, "decimal")}
    ${kind === "giftCard" ? field("worth", "Worth, if it is more than the price", worth, setWorth, "decimal") : html`<div class="row"><span class="grow">How often</span><${Stepper} label="Uses" value=${uses} min=${1} onchange=${setUses} /></div>`}
    <div class="row"><span class="grow">Valid for days</span><${Stepper} label="Days" value=${days} text=${String(days)} min=${5} max=${3650} onchange=${(/** @type {number} */ value) => setDays(Math.max(5, value > days ? days + 5 : days - 5))} /></div>
    <${Wrong} text=${wrong} /><button class="button primary tall" disabled=${busy || !name.trim() || !cost || !value}>Put it on the menu</button>
  </form><//>`
}
