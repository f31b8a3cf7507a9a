// @ts-check
// The card form of the provider inside our page, and what its answers mean for the guest.
import { html, useEffect, useRef, useState } from "../vendor/ui.js"
import { mount, resume } from "../shared/pay.js"
import { Panel } from "./panel.js"
import { Facts } from "./pay.js"
import { check, heldFor, letGo, seen, started, stripe } from "./paying.js"
import { isStale, lang, price } from "./state.js"
import { decline, fill, minutes, trouble, w } from "./words-more.js"

/** @typedef {"loading" | "ready" | "asking" | "bank" | "failed"} Stage */

/** @param {{id: string, onclose: () => void}} props */
export function CardForm({ id, onclose }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null))
  const form = useRef(/** @type {import("../shared/pay.js").Form | null} */ (null))
  const [stage, setStage] = useState(/** @type {Stage} */ ("loading"))
  const [said, setSaid] = useState(decline(seen(id)?.decline ?? started.value?.decline))
  const [round, setRound] = useState(0)
  const secret = started.value?.clientSecret
  const sum = (started.value?.amount ?? 0) + (started.value?.tipAmount ?? 0)

  /** @param {import("../shared/pay.js").Result} result */
  const after = (result) => {
    check(id)
    if (result.status === "requires_action") return setStage("bank")
    if (result.status === "declined") setSaid(decline(result.code, result.message))
    else if (result.status === "error") setSaid(result.message || w.noAnswerBank)
    else return
    setStage("ready")
  }

  useEffect(() => {
    if (!secret || !place.current) return
    let gone = false
    setStage("loading")
    mount(place.current, { ...stripe(), clientSecret: secret, locale: /** @type {any} */ (lang), appearance: look() }).then(
      (made) => {
        if (gone) return made.unmount()
        form.current = made
        setStage("ready")
      },
      () => gone || setStage("failed"),
    )
    return () => {
      gone = true
      form.current?.unmount()
      form.current = null
    }
  }, [secret, round])

  // The bank's question was left open by a reload: it is asked again where it stood.
  useEffect(() => {
    if (secret && seen(id)?.action) answerBank()
  }, [secret])

  const answerBank = () => {
    setStage("asking")
    resume({ ...stripe(), clientSecret: secret ?? "" }).then(after, () => setStage("failed"))
  }

  const pay = async () => {
    if (!form.current || stage !== "ready") return
    setSaid("")
    setStage("asking")
    try {
      after(await form.current.pay())
    } catch {
      setSaid(w.noAnswerBank)
      setStage("ready")
      check(id)
    }
  }
  const cancel = async () => {
    const why = await letGo(id)
    if (why) setSaid(trouble(why))
    else onclose()
  }
  const left = heldFor(id)
  const foot = html`${stage === "bank"
      ? html`<button type="button" class="button primary tall wide" onClick=${answerBank}>${w.answerBank}</button>`
      : html`<button type="button" class="button primary tall wide" disabled=${stage !== "ready" || isStale.value} onClick=${pay}>${stage === "asking" ? w.askingBank : fill(w.pay, price(sum))}</button>`}
    <button type="button" class="button quiet wide" disabled=${stage === "asking"} onClick=${cancel}>${w.cancelHold}</button>`
  return html`<${Panel} title=${w.paying2} onclose=${onclose} close=${w.close} foot=${foot}>
    <p class="pay-sum amount">${price(sum)}</p>
    <p class="held-for" aria-live="off">${left !== null && fill(w.heldFor, minutes(left))}</p>
    ${isStale.value && html`<p class="banner" role="status">${w.reconnecting}</p>`}
    ${said && html`<div key="said" class="card declined" role="alert"><p><strong>${said}</strong></p><p>${w.stillHeld}</p></div>`}
    ${stage === "loading" && html`<p class="soft" role="status">${w.loadingForm}</p>`}
    ${stage === "failed" && html`<div key="failed" class="card" role="alert"><p>${w.formFailed}</p><button type="button" class="button" onClick=${() => setRound(round + 1)}>${w.tryAgain}</button></div>`}
    <div key="form" class="card-form" ref=${place} inert=${stage === "asking"}></div>
    <${Facts} id=${id} />
  <//>`
}

/** The provider's form in our colours. */
export function look() {
  const style = getComputedStyle(document.documentElement)
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
  const dark = matchMedia("(prefers-color-scheme: dark)").matches
  return { theme: /** @type {"night" | "stripe"} */ (dark ? "night" : "stripe"), variables: { colorPrimary: token("--accent"), colorBackground: token("--surface"), colorText: token("--ink"), colorDanger: token("--bad"), borderRadius: "12px" } }
}
