// @ts-check
// The cart: last look, change of mind, and off to the kitchen.
import { html, useState } from "../vendor/ui.js"
import { say } from "../shared/message.js"
import { Sheet, Stepper } from "../shared/sheet.js"
import { cart, cartTotal, dishOf, setCart, unitPrice } from "./cart.js"
import { command } from "./doing.js"
import { show } from "./page.js"
import { isStale, page, price } from "./state.js"
import { fill, w } from "./words-more.js"

/** @param {{onclose: () => void}} props */
export default function OrderSheet({ onclose }) {
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    const items = cart.value.map((wish) => ({ menuItemId: wish.item, quantity: wish.quantity, modifierIds: wish.modifiers, note: wish.note }))
    const done = await command("order.place", { items })
    setBusy(false)
    if (!done) return
    setCart([])
    onclose()
    show("bill")
    say({ text: w.orderedThanks, kind: "good" })
  }
  const foot = html`<p class="soft small">${page.menu.taxInclusive ? w.pricesWithTax : w.pricesPlusTax}</p>
    <button type="button" class="button primary tall wide" disabled=${busy || isStale.value || !cart.value.length} onClick=${send}>${busy ? w.sending : fill(w.orderFor, price(cartTotal.value))}</button>`
  return html`<${Sheet} title=${w.yourOrder} onclose=${onclose} foot=${foot}>
    ${cart.value.length === 0 && html`<p class="soft">${w.emptyOrder}</p>`}
    <ul class="wishes">${cart.value.map((wish, at) => html`<${WishRow} key=${wish.item + wish.modifiers + wish.note} wish=${wish} at=${at} busy=${busy} />`)}</ul>
  <//>`
}

/** @param {{wish: import("./cart.js").Wish, at: number, busy: boolean}} props */
function WishRow({ wish, at, busy }) {
  const dish = dishOf(wish.item)
  const extras = dish?.modifierGroups.flatMap((group) => group.modifiers).filter((one) => wish.modifiers.includes(one.id)).map((one) => one.name) ?? []
  const set = (/** @type {number} */ quantity) => setCart(cart.value.map((one, index) => (index === at ? { ...one, quantity } : one)))
  return html`<li class="row wish"><div class="grow"><strong>${dish?.name}</strong>
      ${[...extras, wish.note].filter(Boolean).length > 0 && html`<p class="soft small">${[...extras, wish.note].filter(Boolean).join(", ")}</p>`}
      <p class="amount small">${price(wish.quantity * unitPrice(wish))}</p></div>
    <${Stepper} label=${dish?.name ?? ""} value=${wish.quantity} max=${Math.min(99, dish?.left ?? 99)} disabled=${busy} onchange=${set} /></li>`
}
