// @ts-check
// The order that is being put together on this phone, and its bar at the foot of the menu.
import { computed, html, signal } from "../vendor/ui.js"
import { open, page, price } from "./state.js"
import { fill, w } from "./words-more.js"

/** @typedef {{item: string, quantity: number, modifiers: string[], note: string}} Wish */

const KEY = `splittable.cart.${page.code}`

/** @returns {Wish[]} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]").filter((/** @type {Wish} */ wish) => dishOf(wish.item))
  } catch {
    return []
  }
}

/** @param {string} id */
export const dishOf = (id) => page.menu.categories.flatMap((category) => category.items).find((item) => item.id === id)
/** @param {import("../shared/types.js").MenuItem} item */
export const isOut = (item) => !item.available || item.left === 0

export const cart = signal(kept())
/** @param {Wish} wish what one of it costs, by the menu */
export const unitPrice = (wish) => {
  const dish = dishOf(wish.item)
  const extras = dish?.modifierGroups.flatMap((group) => group.modifiers).filter((one) => wish.modifiers.includes(one.id)) ?? []
  return (dish?.price ?? 0) + extras.reduce((sum, one) => sum + one.price, 0)
}
export const cartTotal = computed(() => cart.value.reduce((sum, wish) => sum + wish.quantity * unitPrice(wish), 0))
const dishes = computed(() => cart.value.reduce((sum, wish) => sum + wish.quantity, 0))
/** How many of a dish are in the cart. @param {string} item */
export const inCart = (item) => cart.value.filter((wish) => wish.item === item).reduce((sum, wish) => sum + wish.quantity, 0)

/** @param {Wish[]} wishes */
export function setCart(wishes) {
  cart.value = wishes.filter((wish) => wish.quantity > 0)
  try {
    sessionStorage.setItem(KEY, JSON.stringify(cart.value))
  } catch {
    // Without storage the cart lives as long as the page.
  }
}

/** @param {Wish} wish */
export function add(wish) {
  const same = cart.value.find((one) => one.item === wish.item && one.note === wish.note && one.modifiers.join() === wish.modifiers.join())
  if (same) setCart(cart.value.map((one) => (one === same ? { ...one, quantity: one.quantity + wish.quantity } : one)))
  else setCart([...cart.value, wish])
}

export default function CartBar() {
  if (!dishes.value) return html`<div class="bar" data-empty></div>`
  return html`<div class="bar"><button type="button" class="button primary tall wide" onClick=${() => open("order")}>
    <span>${w.viewOrder} · ${dishes.value === 1 ? w.dishCount.one : fill(w.dishCount.many, dishes.value)} · ${price(cartTotal.value)}</span></button></div>`
}
