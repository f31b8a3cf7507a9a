// @ts-check
import { html, useEffect, useId, useRef } from "../vendor/ui.js"

/**
 * A page over the page, for paying. It is no modal dialog on purpose: a bank's own window is put beside it by Stripe.js
 * and must stay reachable, which the browser's top layer would forbid.
 * @param {{title: string, onclose: () => void, children?: any, foot?: any, close: string}} props
 */
export function Panel({ title, onclose, children, foot, close }) {
  const head = useRef(/** @type {HTMLElement | null} */ (null))
  const id = useId()
  useEffect(() => head.current?.focus(), [])
  return html`<section class="panel" role="dialog" aria-modal="true" aria-labelledby=${id}>
    <div class="panel-inner">
      <header class="sheet-head"><h2 id=${id} tabindex="-1" ref=${head}>${title}</h2>
        <button type="button" class="button quiet icon" aria-label=${close} onClick=${onclose}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg></button></header>
      <div class="sheet-body">${children}</div>
      ${foot && html`<footer class="sheet-foot">${foot}</footer>`}
    </div>
  </section>`
}

/** While a panel is open: the page behind it is out of reach, and the back gesture closes it. @param {() => void} onclose */
export function useCover(onclose) {
  useEffect(() => {
    const rest = document.querySelectorAll(".top, .bill, .foot, .menu")
    const before = document.activeElement
    for (const part of rest) part.toggleAttribute("inert", true)
    document.documentElement.classList.add("has-panel")
    history.pushState({ panel: true }, "")
    addEventListener("popstate", onclose)
    return () => {
      removeEventListener("popstate", onclose)
      if (history.state?.panel) history.back()
      for (const part of rest) part.toggleAttribute("inert", false)
      document.documentElement.classList.remove("has-panel")
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
}
