// @ts-check
import { html, useLayoutEffect, useId, useRef } from "../vendor/ui.js"
export { Segmented, Stepper } from "./controls.js"

/**
 * A sheet over the page: from below on a phone, in the middle of a wide screen. The browser keeps the focus inside,
 * closes it on Escape or the back gesture and gives the focus back.
 * @param {{title: string, onclose: () => void, children?: any, foot?: any, kind?: "sheet" | "dialog", close?: string}} props
 */
export function Sheet({ title, onclose, children, foot, kind = "sheet", close = "Close" }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  const id = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    return () => {
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  /** @param {Event} event */
  const cancel = (event) => {
    event.preventDefault()
    onclose()
  }
  /** @param {MouseEvent} event */
  const outside = (event) => event.target === dialog.current && onclose()
  return html`<dialog ref=${dialog} class=${kind} aria-labelledby=${id} onCancel=${cancel} onClick=${outside}>
    <div class="sheet-inner">
      <header class="sheet-head">
        <h2 id=${id} tabindex="-1" autofocus>${title}</h2>
        <button type="button" class="button quiet icon" aria-label=${close} onClick=${onclose}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg>
        </button>
      </header>
      <div class="sheet-body">${children}</div>
      ${foot && html`<footer class="sheet-foot">${foot}</footer>`}
    </div>
  </dialog>`
}
