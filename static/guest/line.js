// @ts-check
// Everything about one line: who has which part of it, and ± for me and those I look after.
import { html } from "../vendor/ui.js"
import { percent } from "../shared/money.js"
import { Sheet, Stepper } from "../shared/sheet.js"
import { claim, tell } from "./lines.js"
import { Avatar, fullName, NameOf } from "./people.js"
import { isOver, lang, me, mine, open, price, view } from "./state.js"
import { fill, fraction, w } from "./words-more.js"

/** @param {{id: string, onclose: () => void}} props */
export default function LineSheet({ id, onclose }) {
  const line = view.value?.lines[id]
  if (!line) return null
  const [state, words] = tell(id, line)
  const whole = Object.values(line.claims).reduce((sum, parts) => sum + parts, line.openParts ?? 0)
  const mayTake = view.value?.split.mode === "items" && !isOver.value && (state === "mine" || state === "theirs" || state === "open")
  const row = (/** @type {string} */ label, /** @type {number} */ amount) => html`<div><dt>${label}</dt><dd class="amount">${price(amount)}</dd></div>`
  return html`<${Sheet} title=${line.quantity > 1 ? `${line.quantity} × ${line.name}` : line.name} onclose=${onclose}>
    <p>${words}</p>
    ${mayTake && html`<ul class="holders">${mine.value.map((guest) => html`<li class="row" key=${guest}>
      <${Avatar} id=${guest} /><span class="grow">${NameOf(guest)}</span>
      <${Stepper} label=${fill(w.partsOf, NameOf(guest))} value=${line.claims[guest] ?? 0} text=${whole && line.claims[guest] ? fraction(line.claims[guest], whole) : "0"} onchange=${(/** @type {number} */ parts) => claim(id, guest, parts)} /></li>`)}</ul>
      ${Boolean(line.claims[me.value?.id ?? ""]) && html`<button type="button" class="button wide" onClick=${() => claim(id, me.value?.id ?? "", 0)}>${w.notMine}</button>`}
      <p class="soft small">${w.partsHint}</p>`}
    ${Object.keys(line.claims).some((guest) => !mine.value.includes(guest)) && html`<ul class="holders">${Object.entries(line.claims).filter(([guest]) => !mine.value.includes(guest)).map(([guest, parts]) => html`<li class="row" key=${guest}>
      <${Avatar} id=${guest} /><span class="grow">${fullName(guest)}</span><span class="soft">${fraction(parts, whole)}</span></li>`)}</ul>`}
    <dl class="sum">
      ${row(w.price, line.price)}
      ${line.discount > 0 && html`<div><dt>${w.wasBefore}${line.reason ? ` (${line.reason})` : ""}</dt><dd class="amount"><s>${price(line.price + line.discount)}</s></dd></div>`}
      ${line.service > 0 && row(w.service, line.service)}
      ${line.tax > 0 && row(line.taxRatePpm ? fill(w.taxAt, percent(line.taxRatePpm, lang)) : w.tax, line.tax)}
      ${line.charged !== line.price && row(w.total, line.charged)}
      ${line.settled > 0 && row(w.paidSoFar, line.settled)}
      ${line.reserved > 0 && row(w.beingPaidNow, line.reserved)}
      ${line.note && html`<div><dt>${w.note}</dt><dd>${line.note}</dd></div>`}
      <div><dt>${w.whoOrdered}</dt><dd>${line.orderedBy ? NameOf(line.orderedBy) : w.staff}</dd></div>
    </dl>
    ${state === "theirs" && html`<button type="button" class="button quiet" onClick=${() => open("owes")}>${w.treatInstead}</button>`}
  <//>`
}
