// @ts-check
import { html } from "../vendor/ui.js"

/**
 * − value +, with words for those who do not see it.
 * @param {{label: string, value: number, text?: string, min?: number, max?: number, onchange: (value: number) => void, disabled?: boolean}} props
 */
export function Stepper({ label, value, text, min = 0, max = 99, onchange, disabled = false }) {
  return html`<div class="stepper" role="group" aria-label=${label}>
    <button type="button" class="button icon" aria-label=${`${label}: less`} disabled=${disabled || value <= min} onClick=${() => onchange(value - 1)}>−</button>
    <output aria-live="off">${text ?? value}</output>
    <button type="button" class="button icon" aria-label=${`${label}: more`} disabled=${disabled || value >= max} onClick=${() => onchange(value + 1)}>+</button>
  </div>`
}

/**
 * One of a few, as real radio buttons.
 * @param {{name: string, label: string, value: string, options: {value: string, label: string}[], onchange: (value: string) => void}} props
 */
export function Segmented({ name, label, value, options, onchange }) {
  return html`<fieldset class="segmented">
    <legend class="visually-hidden">${label}</legend>
    ${options.map((option) => html`<label key=${option.value}>
      <input type="radio" name=${name} value=${option.value} checked=${option.value === value} onChange=${() => onchange(option.value)} />
      <span>${option.label}</span>
    </label>`)}
  </fieldset>`
}
