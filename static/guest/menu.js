// @ts-check
// The menu comes alive in the place where it stands already.
import { html, render } from "../vendor/ui.js"
import { add, inCart, isOut } from "./cart.js"
import { isOver, lines, open, page, price } from "./state.js"
import { fill, w } from "./words-more.js"

/** @typedef {import("../shared/types.js").MenuItem} MenuItem */

const FEW = 5

let isMounted = false

/** Take over the menu that is in the HTML; once. */
export function mount() {
  const place = document.getElementById("menu")
  if (isMounted || !place) return
  isMounted = true
  // The bill is hidden while the menu shows: whichever is seen is the main thing.
  place.setAttribute("role", "main")
  render(html`<${Menu} />`, place)
}

function Menu() {
  const categories = page.menu.categories
  return html`<nav class="jump" aria-label=${w.courses}>${categories.map((category, at) => html`<a key=${category.id} class="chip-button" href=${`#course-${at}`}>${category.name}</a>`)}</nav>
    ${categories.map((category, at) => html`<section class="course" id=${`course-${at}`} key=${category.id}><h2>${category.name}</h2>
    <ul class="dishes">${category.items.map((item) => html`<li key=${item.id}><${Dish} item=${item} /></li>`)}</ul></section>`)}
    ${!lines.value.length && categories.length === 0 && html`<p class="card">${w.noMenu}</p>`}`
}

/** @param {{item: MenuItem}} props */
function Dish({ item }) {
  const out = isOut(item)
  const chosen = inCart(item.id)
  const take = () => (item.modifierGroups.length ? open("item", { id: item.id }) : add({ item: item.id, quantity: 1, modifiers: [], note: "" }))
  const inside = html`<span class="dish-text"><span class="dish-name">${item.name}</span>${item.description && html`<span class="dish-more">${item.description}</span>`}
      ${!out && item.left !== undefined && item.left <= FEW && html`<span class="dish-more few">${fill(w.onlyLeft, item.left)}</span>`}</span>
    <span class="dish-side"><span class="amount">${price(item.price)}</span>${out ? html`<span class="chip">${w.soldOut}</span>` : chosen > 0 && html`<span class="chip" data-kind="accent">${fill(w.inOrder, chosen)}</span>`}</span>
    ${!out && html`<span class="dish-add" aria-hidden="true">+</span>`}`
  if (out || isOver.value) return html`<div class="dish" data-out=${out}>${inside}</div>`
  return html`<button type="button" class="dish" aria-label=${fill(chosen ? w.addDishMore : w.addDish, item.name, price(item.price), chosen)} onClick=${take}>${inside}</button>`
}
