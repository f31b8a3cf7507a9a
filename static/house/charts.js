// @ts-check
// Charts drawn as plain SVG: bars without letters, words beside them, and every figure in a table for those who want it.
import { html } from "../vendor/ui.js"

/** @typedef {{label: string, value: number, more?: number, text: string, moreText?: string}} Bar */

const WIDTH = 1000
const HEIGHT = 100
/** A chart of few days has no wider bars than this. */
const BAR_MAX = 90

/**
 * Upright bars over time; `more` stands on top of `value` in another colour.
 * @param {{title: string, bars: Bar[], names: [string, string] | [string]}} props
 */
export function Bars({ title, bars, names }) {
  const highest = Math.max(1, ...bars.map((bar) => bar.value + (bar.more ?? 0)))
  const step = WIDTH / Math.max(1, bars.length)
  const wide = Math.min(step * 0.8, BAR_MAX)
  const best = bars.reduce((one, other) => (other.value > one.value ? other : one), bars[0] ?? { label: "", value: 0, text: "" })
  const first = bars[0]?.label ?? ""
  const last = bars.at(-1)?.label ?? ""
  return html`<figure class="card chart"><figcaption>${title}${best.text && html` <span class="soft small">most: ${best.label}, ${best.text}</span>`}</figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`${title}, ${bars.length > 1 ? `${first} to ${last}` : first}. Most: ${best.label}, ${best.text}.`}>
      ${bars.map((bar, at) => {
        const height = (bar.value / highest) * (HEIGHT - 2)
        const more = ((bar.more ?? 0) / highest) * (HEIGHT - 2)
        return html`<rect key=${bar.label} class="bar" x=${at * step + (step - wide) / 2} width=${wide} y=${HEIGHT - 1 - height} height=${height} />${more > 0 && html`<rect class="bar tips" x=${at * step + (step - wide) / 2} width=${wide} y=${HEIGHT - 1 - height - more} height=${more} />`}`
      })}
      <rect class="base" y=${HEIGHT - 1} width=${WIDTH} height="1" />
    </svg>
    <p class="chart-axis" data-one=${bars.length === 1}><span>${first}</span>${bars.length > 1 && html`<span>${last}</span>`}</p>
    <details><summary>Figures</summary><div class="wide"><table class="table"><thead><tr><th scope="col"><span class="visually-hidden">When</span></th>${names.map((name) => html`<th scope="col" class="number" key=${name}>${name}</th>`)}</tr></thead>
      <tbody>${bars.map((bar) => html`<tr key=${bar.label}><th scope="row">${bar.label}</th><td class="number">${bar.text}</td>${names.length > 1 && html`<td class="number">${bar.moreText ?? ""}</td>`}</tr>`)}</tbody></table></div></details>
  </figure>`
}

/** Parts of a whole, each with its words and a lying bar. @param {{title: string, parts: Bar[], empty: string}} props */
export function Parts({ title, parts, empty }) {
  const whole = Math.max(1, parts.reduce((sum, part) => sum + part.value, 0))
  return html`<section class="card chart"><h3>${title}</h3>
    ${parts.length === 0 ? html`<p class="soft">${empty}</p>` : html`<ul class="parts">${parts.map((part) => html`<li key=${part.label}><span>${part.label}</span><span class="amount">${part.text}</span>
      <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width=${(part.value / whole) * 100} height="1" /></svg></li>`)}</ul>`}
  </section>`
}
