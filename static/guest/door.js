// @ts-check
// What stands between this phone and the table: a PIN, somebody's yes, a choice, or nothing that can be done here.
import { html, useState } from "../vendor/ui.js"
import { door, page } from "./state.js"
import { join } from "./table.js"
import { trouble, w } from "./words-more.js"

export default function Door() {
  switch (door.value) {
    case "pin": return html`<${Pin} />`
    case "visit": return html`<${Choose} />`
    case "approval": return card(w.asking, w.askingMore)
    case "past": return card(w.over, w.overMore, html`${page.past?.receiptUrl && html`<a class="button" href=${page.past.receiptUrl}>${w.receipt}</a>`}<${Again} label=${w.newVisit} wish=${{ visit: "new" }} />`)
    case "shut": return card(w.notOpen, w.notOpenMore, html`<${Again} label=${w.tryAgain} />`)
    case "left": return card(w.hasLeft, w.hasLeftMore, html`<button type="button" class="button primary" onClick=${() => location.reload()}>${w.joinAgain}</button>`)
    case "gone": return card(w.gone, w.goneMore)
    default: return card(w.noAnswer, w.noAnswerMore, html`<${Again} label=${w.tryAgain} />`)
  }
}

/** @param {string} title @param {string} text @param {any} [ways] */
const card = (title, text, ways) => html`<section class="door card" role="status"><h2>${title}</h2><p>${text}</p>${ways && html`<div class="share-ways">${ways}</div>`}</section>`

/** @param {{label: string, wish?: any}} props */
function Again({ label, wish = {} }) {
  const [busy, setBusy] = useState(false)
  const run = () => {
    setBusy(true)
    join(wish).finally(() => setBusy(false))
  }
  return html`<button type="button" class="button primary" disabled=${busy} onClick=${run}>${busy ? w.loading : label}</button>`
}

function Pin() {
  const [pin, setPin] = useState("")
  const [wrong, setWrong] = useState("")
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault()
    const problem = await join({ pin })
    if (problem) setWrong(problem.code === "wrong_pin" ? w.wrongPin : trouble(problem))
  }
  return html`<form class="door card" onSubmit=${submit}><h2>${w.pinTitle}</h2><p>${w.pinMore}</p>
    <div class="field"><label for="pin">${w.pinLabel}</label>
      <input id="pin" class="pin" inputmode="numeric" autocomplete="one-time-code" maxlength="4" pattern="[0-9]*" required value=${pin} aria-invalid=${Boolean(wrong)} aria-describedby=${wrong ? "pin-wrong" : undefined} onInput=${(/** @type {any} */ event) => setPin(event.target.value)} />
      ${wrong && html`<p id="pin-wrong" class="error" role="alert">${wrong}</p>`}</div>
    <button class="button primary wide" disabled=${pin.length < 4}>${w.joinTable}</button></form>`
}

function Choose() {
  return html`<section class="door card"><h2>${w.chooseVisit}</h2><p>${w.chooseVisitMore}</p>
    <div class="share-ways"><${Again} label=${w.joinParty} wish=${{ visit: "join" }} /><${Again} label=${w.newVisit} wish=${{ visit: "new" }} /></div></section>`
}
