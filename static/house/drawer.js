// @ts-check
// The cash drawer: opened with a float, counted at the end; the difference is said, never hidden.
import { html, useState } from "../vendor/ui.js"
import { amountOf } from "../shared/typed.js"
import { Answer, Figures, Section, coins, moment, move, price, useAsk } from "./parts.js"

export default function Drawer() {
  const asked = useAsk("drawer")
  const [last, setLast] = useState(/** @type {import("./types.js").Drawer | null} */ (null))
  /** @type {import("./types.js").Drawer | undefined} */
  const drawer = asked.found?.drawer
  const open = async (/** @type {number} */ float) => {
    if (await move("drawer:open", "drawer/open", { float }, "The drawer is open.")) setLast(null)
    await asked.again()
  }
  const count = async (/** @type {number} */ counted, /** @type {string} */ note) => {
    const done = await move("drawer:count", "drawer/count", { counted, ...(note ? { note } : {}) }, "Counted.")
    if (done) setLast(done.drawer ?? done)
    await asked.again()
  }
  return html`<${Section} title="Drawer" lead="Cash that guests give, less change and what was handed back.">
    <${Answer} asked=${asked}>
      ${last && html`<section class="card state" role="status"><h3>Counted</h3><p>${price(last.counted ?? 0)} counted, ${price(last.expected)} expected: ${last.difference ? html`<strong>${price(last.difference)} difference</strong>` : html`<strong>it agrees</strong>`}.</p></section>`}
      ${drawer ? html`<${Figures} of=${[["Should be in it", price(drawer.expected), `open since ${moment(drawer.openedAt)}, ${drawer.openedBy}`], ["Float", price(drawer.opening)], ["Cash taken", price(drawer.cashIn)], ["Change given", price(drawer.change)], ["Handed back", price(drawer.handedBack)], drawer.carried !== 0 && ["Taken while closed", price(drawer.carried)]]} /><${Count} key=${drawer.id} expected=${drawer.expected} count=${count} />` : html`<${Open} open=${open} />`}
    <//>
  <//>`
}

/** @param {{label: string, value: string, onchange: (value: string) => void}} props */
function Amount({ label, value, onchange }) {
  const wrong = value !== "" && amountOf(coins, value) === null
  return html`<div class="field"><label for="amount">${label}</label>
    <input id="amount" inputmode="decimal" autocomplete="off" value=${value} aria-invalid=${wrong} aria-describedby=${wrong ? "amount-wrong" : null} onInput=${(/** @type {any} */ event) => onchange(event.target.value)} />
    ${wrong && html`<p id="amount-wrong" class="error">This is not an amount.</p>`}</div>`
}

/** @param {{open: (float: number) => Promise<void>}} props */
function Open({ open }) {
  const [typed, setTyped] = useState("")
  const [busy, setBusy] = useState(false)
  const float = typed ? amountOf(coins, typed) : 0
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    setBusy(true)
    await open(float ?? 0)
    setBusy(false)
  }
  return html`<form class="card stack" onSubmit=${go}><p>No drawer is open. Cash that is taken meanwhile goes into the next one.</p>
    <${Amount} label="Money in it to begin with" value=${typed} onchange=${setTyped} /><button class="button primary tall" disabled=${busy || float === null}>Open the drawer with ${price(float ?? 0)}</button></form>`
}

/** @param {{expected: number, count: (counted: number, note: string) => Promise<void>}} props */
function Count({ expected, count }) {
  const [typed, setTyped] = useState("")
  const [note, setNote] = useState("")
  const [busy, setBusy] = useState(false)
  const counted = typed ? amountOf(coins, typed) : null
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    setBusy(true)
    await count(counted ?? 0, note.trim())
    setBusy(false)
  }
  return html`<form class="card stack" onSubmit=${go}><h3>Count and close</h3>
    <${Amount} label="Counted" value=${typed} onchange=${setTyped} />
    ${counted !== null && html`<p role="status">${counted === expected ? "It agrees." : html`Difference <strong class="amount">${price(counted - expected)}</strong>`}</p>`}
    <div class="field"><label for="note">A word on it</label><input id="note" maxlength="200" autocomplete="off" value=${note} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} /></div>
    <button class="button primary tall" disabled=${busy || counted === null}>Close the drawer</button></form>`
}
