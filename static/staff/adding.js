// @ts-check
// Staff enter lines: find a dish, choose its modifiers, send the order. It starts unclaimed.
import { html, useEffect, useState } from "../vendor/ui.js"
import { Sheet, Stepper } from "../shared/sheet.js"
import { read, tell } from "./calls.js"

/** @typedef {import("../shared/types.js").MenuItem} MenuItem */
/** @typedef {{menuItemId: string, quantity: number, modifierIds: string[], note: string}} Wanted */

/** @param {{doing: import("./visit.js").Doing, page: any, onclose: () => void}} props */
export function AddItems({ doing, page, onclose }) {
  const [menu, setMenu] = useState(/** @type {import("../shared/types.js").Menu | null} */ (null))
  const [wanted, setWanted] = useState(/** @type {Wanted[]} */ ([]))
  const [search, setSearch] = useState("")
  const [item, setItem] = useState(/** @type {MenuItem | null} */ (null))
  useEffect(() => {
    tell(read(`menus/${page.restaurant.id}`)).then((found) => found && setMenu(found))
  }, [])
  const send = async () => (await doing.run("order.place", { items: wanted }, "Ordered.")) && onclose()
  /** @param {Wanted} one */
  const take = (one) => (setWanted([...wanted, one]), setItem(null), setSearch(""))
  if (item) return html`<${Choose} item=${item} doing=${doing} ontake=${take} onclose=${() => setItem(null)} />`
  const pick = (/** @type {MenuItem} */ one) => (one.modifierGroups.length ? setItem(one) : take({ menuItemId: one.id, quantity: 1, modifierIds: [], note: "" }))
  const names = new Map(menu?.categories.flatMap((category) => category.items.map((one) => [one.id, one.name])) ?? [])
  const foot = html`<button type="button" class="button primary tall" disabled=${wanted.length === 0} onClick=${send}>Order ${wanted.length || ""}</button>`
  return html`<${Sheet} title="Add items" onclose=${onclose} foot=${foot}>
    ${wanted.length > 0 && html`<ul class="list">${wanted.map((one, place) => html`<li class="row" key=${place}>
      <span class="grow">${one.quantity} × ${names.get(one.menuItemId)}</span>
      <button type="button" class="button quiet" onClick=${() => setWanted(wanted.filter((_, other) => other !== place))}>Remove</button></li>`)}</ul>`}
    <div class="field"><label for="find">Find a dish</label><input id="find" type="search" autocomplete="off" value=${search} onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} /></div>
    <div class="dishes">${!menu && html`<p class="soft" role="status">Loading the menu…</p>`}
      ${menu?.categories.map((category) => html`<${Dishes} key=${category.id} category=${category} search=${search} doing=${doing} onpick=${pick} />`)}</div>
  <//>`
}

/** @param {{category: {name: string, items: MenuItem[]}, search: string, doing: import("./visit.js").Doing, onpick: (item: MenuItem) => void}} props */
function Dishes({ category, search, doing, onpick }) {
  const items = category.items.filter((item) => item.name.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase()))
  if (items.length === 0) return null
  return html`<section aria-label=${category.name}><h3>${category.name}</h3>
    <ul class="list">${items.map((item) => {
      const gone = !item.available || item.left === 0
      return html`<li key=${item.id}><button type="button" class="line" disabled=${gone} onClick=${() => onpick(item)}>
        <span class="grow">${item.name}${gone ? html`<br /><span class="small soft">Sold out</span>` : ""}</span><span class="amount">${doing.coins.format(item.price)}</span></button></li>`
    })}</ul></section>`
}

/** @param {{item: MenuItem, doing: import("./visit.js").Doing, ontake: (wanted: Wanted) => void, onclose: () => void}} props */
function Choose({ item, doing, ontake, onclose }) {
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]))
  const [quantity, setQuantity] = useState(1)
  const [note, setNote] = useState("")
  const missing = item.modifierGroups.find((group) => group.modifiers.filter((modifier) => chosen.includes(modifier.id)).length < group.min)
  /** @param {any} group @param {string} id */
  const toggle = (group, id) => {
    if (chosen.includes(id)) return setChosen(chosen.filter((one) => one !== id))
    const inGroup = group.modifiers.map((/** @type {any} */ modifier) => modifier.id)
    const others = chosen.filter((one) => inGroup.includes(one))
    const dropped = others.length >= group.max ? others.slice(0, others.length - group.max + 1) : []
    return setChosen([...chosen.filter((one) => !dropped.includes(one)), id])
  }
  const foot = html`<button type="button" class="button primary tall" disabled=${missing !== undefined} onClick=${() => ontake({ menuItemId: item.id, quantity, modifierIds: chosen, note: note.trim() })}>${missing ? `Choose ${missing.name.toLocaleLowerCase()}` : "Add"}</button>`
  return html`<${Sheet} title=${item.name} onclose=${onclose} foot=${foot}>
    <div class="row"><span class="grow">How many</span><${Stepper} label="How many" value=${quantity} min=${1} onchange=${setQuantity} /></div>
    ${item.modifierGroups.map((group) => html`<fieldset key=${group.id}><legend><strong>${group.name}</strong> <span class="soft small">${group.min ? `choose ${group.min === group.max ? group.min : `${group.min} to ${group.max}`}` : `up to ${group.max}`}</span></legend>
      ${group.modifiers.map((modifier) => html`<label class="check" key=${modifier.id}><input type="checkbox" checked=${chosen.includes(modifier.id)} onChange=${() => toggle(group, modifier.id)} />
        <span class="grow">${modifier.name}</span>${modifier.price !== 0 && html`<span class="amount soft">+${doing.coins.format(modifier.price)}</span>`}</label>`)}</fieldset>`)}
    <div class="field"><label for="note">Note for the kitchen</label><input id="note" maxlength="200" value=${note} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} /></div>
  <//>`
}
