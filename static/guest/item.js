// @ts-check
// A dish with choices: pick them, say something to the kitchen, put it into the order.
import { html, useState } from "../vendor/ui.js"
import { Sheet, Stepper } from "../shared/sheet.js"
import { add, dishOf, unitPrice } from "./cart.js"
import { price } from "./state.js"
import { fill, w } from "./words-more.js"

/** @typedef {import("../shared/types.js").ModifierGroup} ModifierGroup */

/** @param {{id: string, onclose: () => void}} props */
export default function ItemSheet({ id, onclose }) {
  const dish = dishOf(id)
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]))
  const [quantity, setQuantity] = useState(1)
  const [note, setNote] = useState("")
  const [asked, setAsked] = useState(false)
  if (!dish) return null
  const missing = dish.modifierGroups.find((group) => picked(group, chosen).length < group.min)
  const put = () => {
    if (missing) return setAsked(true)
    const modifiers = dish.modifierGroups.flatMap((group) => picked(group, chosen))
    add({ item: id, quantity, modifiers, note: note.trim() })
    onclose()
  }
  const foot = html`<div class="row"><${Stepper} label=${w.howMany} value=${quantity} min=${1} max=${Math.min(99, dish.left ?? 99)} onchange=${setQuantity} />
    <button type="button" class="button primary tall grow" onClick=${put}>${fill(w.addFor, price(quantity * unitPrice({ item: id, quantity, modifiers: chosen, note })))}</button></div>`
  return html`<${Sheet} title=${dish.name} onclose=${onclose} foot=${foot}>
    ${dish.description && html`<p class="soft">${dish.description}</p>`}
    ${dish.modifierGroups.map((group) => html`<${Group} key=${group.id} group=${group} chosen=${chosen} onchange=${setChosen} missing=${asked && missing === group} />`)}
    <div class="field"><label for="note">${w.note}</label><input id="note" maxlength="200" autocomplete="off" value=${note} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} /></div>
  <//>`
}

/** "choose 1", "up to 3". @param {ModifierGroup} group */
const rule = ({ min, max }) => (min === max ? fill(w.chooseExactly, min) : min ? fill(w.chooseBetween, min, max) : fill(w.chooseUpTo, max))

/** @param {ModifierGroup} group @param {string[]} chosen */
const picked = (group, chosen) => group.modifiers.map((one) => one.id).filter((id) => chosen.includes(id))

/** @param {{group: ModifierGroup, chosen: string[], onchange: (chosen: string[]) => void, missing: boolean}} props */
function Group({ group, chosen, onchange, missing }) {
  const single = group.max === 1 && group.min === 1
  const here = picked(group, chosen)
  const toggle = (/** @type {string} */ id) => {
    const rest = chosen.filter((one) => (single ? !here.includes(one) : one !== id))
    onchange(chosen.includes(id) && !single ? rest : [...rest, id])
  }
  return html`<fieldset class="choices" aria-describedby=${missing ? `missing-${group.id}` : undefined}>
    <legend>${group.name} <span class="soft small">${rule(group)}</span></legend>
    ${missing && html`<p id=${`missing-${group.id}`} class="error" role="alert">${w.pleaseChoose}</p>`}
    ${group.modifiers.map((one) => html`<label class="check" key=${one.id}>
      <input type=${single ? "radio" : "checkbox"} name=${group.id} checked=${chosen.includes(one.id)} disabled=${!single && !chosen.includes(one.id) && here.length >= group.max} onChange=${() => toggle(one.id)} />
      <span class="grow">${one.name}</span>${one.price > 0 && html`<span class="amount soft">+ ${price(one.price)}</span>`}
    </label>`)}
  </fieldset>`
}
