// @ts-check
// How the bill is divided: by dish, evenly, by percent, or by amounts that people name.
import { html, useState } from "../vendor/ui.js"
import { percent } from "../shared/money.js"
import { Segmented, Sheet, Stepper } from "../shared/sheet.js"
import { amountOf } from "../shared/typed.js"
import { command } from "./doing.js"
import { Avatar, NameOf, party } from "./people.js"
import { coins, lang, mine, price, view } from "./state.js"
import { fill, w } from "./words-more.js"

const MILLION = 1_000_000
const POINT = 10_000

/** @typedef {"items" | "even" | "percent" | "amounts"} Mode */

/** @param {{onclose: () => void}} props */
export default function SplitSheet({ onclose }) {
  const split = view.value?.split
  const [mode, setMode] = useState(/** @type {Mode} */ (split?.mode ?? "items"))
  if (!split) return null
  const isNew = mode !== split.mode
  const options = /** @type {Mode[]} */ (["items", "even", "percent", "amounts"]).map((value) => ({ value, label: w.modeNames[value] }))
  const Part = /** @type {any} */ ({ items: Items, even: Even, percent: Percent, amounts: Amounts }[mode])
  return html`<${Sheet} title=${w.howSplit} onclose=${onclose}>
    <${Segmented} name="mode" label=${w.howSplit} value=${mode} options=${options} onchange=${setMode} />
    <${Part} key=${mode} isNew=${isNew} onclose=${onclose} />
    <p class="soft small">${w.splitHint}</p>
  <//>`
}

/** @param {any} d @param {() => void} onclose */
const set = async (d, onclose) => (await command("split.set", d)) && onclose()

/** @param {{isNew: boolean, onclose: () => void}} props */
function Items({ isNew, onclose }) {
  return html`<p>${w.itemsMore}</p>${isNew ? html`<button type="button" class="button primary tall wide" onClick=${() => set({ mode: "items" }, onclose)}>${w.useMode.items}</button>` : html`<p class="chip" data-kind="accent">${w.inUse}</p>`}`
}

/** @param {{isNew: boolean, onclose: () => void}} props */
function Even({ isNew, onclose }) {
  const split = view.value?.split
  const taken = Object.values(split?.parts ?? {}).reduce((sum, shares) => sum + shares, 0)
  const [shares, setShares] = useState(isNew ? Math.max(1, party().length) : (split?.shares ?? 1))
  const unpaid = view.value?.totals.unpaid ?? 0
  return html`<p>${w.evenMore}</p>
    <div class="row"><span class="grow">${w.sharesInAll}</span><${Stepper} label=${w.sharesInAll} value=${shares} min=${isNew ? 1 : Math.max(1, taken)} onchange=${setShares} /></div>
    <p class="soft">${fill(w.aboutEach, price(Math.floor(unpaid / shares)))}</p>
    ${!isNew && html`<${Takers} unit=${(/** @type {number} */ parts) => String(parts)} step=${1} max=${99} />`}
    <button type="button" class="button primary tall wide" disabled=${!isNew && shares === split?.shares} onClick=${() => set({ mode: "even", shares }, onclose)}>${isNew ? w.useMode.even : w.save}</button>`
}

/** Everybody's part of the whole; ± for me and mine. @param {{unit: (parts: number) => string, step: number, max: number}} props */
function Takers({ unit, step, max }) {
  const split = view.value?.split
  const take = (/** @type {string} */ guest, /** @type {number} */ parts) => command("parts.set", { guest, shares: parts }, () => ({ split: { parts: { [guest]: parts } } }))
  return html`<ul class="holders">${party().map(([id]) => html`<li class="row" key=${id}><${Avatar} id=${id} /><span class="grow">${NameOf(id)}</span>
    ${mine.value.includes(id)
      ? html`<${Stepper} label=${fill(w.partsOf, NameOf(id))} value=${(split?.parts[id] ?? 0) / step} text=${unit(split?.parts[id] ?? 0)} min=${(split?.consumed[id] ?? 0) / step} max=${max} onchange=${(/** @type {number} */ value) => take(id, value * step)} />`
      : html`<span class="soft">${unit(split?.parts[id] ?? 0)}</span>`}</li>`)}</ul>`
}

/** @param {{isNew: boolean, onclose: () => void}} props */
function Percent({ isNew, onclose }) {
  const people = party()
  const split = view.value?.split
  const [points, setPoints] = useState(() => Object.fromEntries(people.map(([id], at) => [id, isNew ? Math.floor(100 / people.length) + (at < 100 % people.length ? 1 : 0) : Math.round((split?.parts[id] ?? 0) / POINT)])))
  const sum = people.reduce((all, [id]) => all + (points[id] ?? 0), 0)
  const save = () => set({ mode: "percent", percents: Object.fromEntries(people.map(([id]) => [id, (points[id] ?? 0) * POINT])) }, onclose)
  return html`<p>${w.percentMore}</p>
    <ul class="holders">${people.map(([id]) => html`<li class="row" key=${id}><${Avatar} id=${id} /><span class="grow">${NameOf(id)}</span>
      <${Stepper} label=${fill(w.percentOf, NameOf(id))} value=${points[id] ?? 0} text=${percent((points[id] ?? 0) * POINT, lang)} max=${100} onchange=${(/** @type {number} */ value) => setPoints({ ...points, [id]: value })} /></li>`)}</ul>
    <p class=${sum > 100 ? "error" : "soft"} role="status">${sum > 100 ? fill(w.over100, percent(sum * POINT, lang)) : sum < 100 ? fill(w.restOpen, percent(MILLION - sum * POINT, lang)) : w.exactly100}</p>
    <button type="button" class="button primary tall wide" disabled=${sum > 100} onClick=${save}>${isNew ? w.useMode.percent : w.save}</button>`
}

/** @param {{isNew: boolean, onclose: () => void}} props */
function Amounts({ isNew, onclose }) {
  if (isNew) return html`<p>${w.amountsMore}</p><button type="button" class="button primary tall wide" onClick=${() => command("split.set", { mode: "amounts" })}>${w.useMode.amounts}</button>`
  const amounts = view.value?.split.amounts ?? {}
  return html`<p>${w.amountsMore}</p><ul class="holders">${party().map(([id]) => html`<li class="row" key=${id}><${Avatar} id=${id} />
      ${mine.value.includes(id) ? html`<${Own} guest=${id} amount=${amounts[id] ?? 0} onclose=${onclose} />` : html`<span class="grow">${NameOf(id)}</span><span class="soft amount">${price(amounts[id] ?? 0)}</span>`}</li>`)}</ul>
    <p class="soft">${fill(w.stillOpen, price(view.value?.totals.open ?? 0))}</p>`
}

/** @param {{guest: string, amount: number, onclose: () => void}} props */
function Own({ guest, amount }) {
  const [text, setText] = useState(amount ? coins().plain(amount) : "")
  const read = text.trim() ? amountOf(coins(), text) : 0
  const save = (/** @type {Event} */ event) => {
    event.preventDefault()
    if (read !== null) command("parts.set", { guest, amount: read })
  }
  return html`<form class="grow field" onSubmit=${save}><label for=${`amount-${guest}`}>${NameOf(guest)}</label>
    <div class="row"><input id=${`amount-${guest}`} class="grow" inputmode="decimal" autocomplete="off" enterkeyhint="done" value=${text} placeholder=${coins().plain(0)} aria-invalid=${read === null} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    <button class="button" disabled=${read === null || read === amount}>${w.save}</button></div>
    ${read === null && html`<p class="error" role="alert">${w.noAmount}</p>`}</form>`
}
