// @ts-check
// A tab: money held on my card, from which what I owe is taken at the end.
import { html, useEffect, useRef, useState } from "../vendor/ui.js"
import { get, keyOf, post, Problem, settle } from "../shared/api.js"
import { mount, resume } from "../shared/pay.js"
import { amountOf } from "../shared/typed.js"
import { look } from "./card.js"
import { Panel, useCover } from "./panel.js"
import { coins, due, isStale, lang, me, page, price, view } from "./state.js"
import { session } from "./table.js"
import { decline, trouble, w } from "./words-more.js"
import { fill, m } from "./words-money.js"

/** @typedef {import("../shared/types.js").HoldState} HoldState */

const CHECK_MS = 2_000
const MOVING = ["capturing", "releasing"]

/** My newest tab at this table. @returns {[string, import("../shared/types.js").Hold] | undefined} */
export const myTab = () => Object.entries(view.value?.holds ?? {}).filter(([, hold]) => hold.guest === me.value?.id).at(-1)

/** Live: it can still be taken from. @param {{status: string}} hold */
const isLive = ({ status }) => ["placed", "authorized", "capturing", "releasing"].includes(status)

/** @param {{onclose: () => void}} props */
export default function TabPanel({ onclose }) {
  const [id, seen] = myTab() ?? []
  const [hold, setHold] = useState(/** @type {HoldState | null} */ (null))
  const [wrong, setWrong] = useState("")
  const [busy, setBusy] = useState(false)
  useCover(onclose)
  const status = hold && hold.id === id && seen ? { ...hold, ...seen } : hold
  const refresh = () => id && get(`holds/${id}`).then(setHold, () => {})
  useEffect(() => void refresh(), [id, seen?.status, seen?.amount])
  const doubt = Boolean(status && (status.checking || status.raising || MOVING.includes(status.status)))
  useEffect(() => {
    const timer = doubt ? setInterval(refresh, CHECK_MS) : undefined
    return () => clearInterval(timer)
  }, [doubt, id])
  /** @param {string} intent @param {string} path @param {any} body */
  const send = async (intent, path, body) => {
    setBusy(true)
    setWrong("")
    try {
      setHold(await post(path, body, { key: keyOf(intent, body), timeout: 20_000 }))
      settle(intent)
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      if (problem.code !== "offline") settle(intent)
      setWrong(trouble(problem))
    } finally {
      setBusy(false)
    }
  }
  const parts = { hold: status, busy, wrong, send, onclose, refresh, setWrong }
  if (!status || !isLive(status)) return html`<${Open} ...${parts} />`
  if (status.status === "placed") return html`<${Card} key=${status.id} ...${parts} />`
  return html`<${Held} ...${parts} />`
}

/** @typedef {{hold: HoldState | null, busy: boolean, wrong: string, send: (intent: string, path: string, body: any) => Promise<void>, onclose: () => void, refresh: () => void, setWrong: (wrong: string) => void}} Props */

/** @param {{label: string, id: string, text: string, onchange: (text: string) => void}} props */
function Estimate({ label, id, text, onchange }) {
  const wrong = text.trim() !== "" && amountOf(coins(), text) === null
  return html`<div class="field"><label for=${id}>${label}</label><input id=${id} inputmode="decimal" autocomplete="off" value=${text} aria-invalid=${wrong} aria-describedby=${wrong ? `${id}-wrong` : null} onInput=${(/** @type {any} */ event) => onchange(event.target.value)} />
    ${wrong && html`<p id=${`${id}-wrong`} class="error">${w.noAmount}</p>`}</div>`
}

/** @param {Props} props */
function Open({ hold, busy, wrong, send, onclose }) {
  const [text, setText] = useState("")
  const estimate = text.trim() ? amountOf(coins(), text) : 0
  const go = (/** @type {Event} */ event) => {
    event.preventDefault()
    send(`tab:${session()}`, `table-sessions/${session()}/holds`, estimate ? { estimate } : {})
  }
  const past = hold && { captured: fill(m.captured, price(hold.captured ?? 0)), released: m.released, expired: m.expired, refused: m.refused }[/** @type {string} */ (hold.status)]
  return html`<${Panel} title=${m.openTab} onclose=${onclose} close=${w.close}>
    ${past && html`<div class="card" role="status"><p>${past}</p>${hold.owed ? html`<p>${fill(m.owedStill, price(hold.owed))}</p>` : ""}${hold.status === "captured" && html`<a class="button" href=${`/api/v1/payments/${hold.id}/receipt.html`}>${w.receipt}</a>`}</div>`}
    <form class="stack" onSubmit=${go}><p>${m.tabMore}</p><${Estimate} label=${m.tabEstimate} id="estimate" text=${text} onchange=${setText} />
      ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
      <button class="button primary tall wide" disabled=${busy || estimate === null || isStale.value}>${m.openTab}</button></form><//>`
}

/** The provider's form for a card that is only asked to hold. @param {Props} props */
function Card({ hold, busy, wrong, send, onclose, refresh, setWrong }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null))
  const form = useRef(/** @type {import("../shared/pay.js").Form | null} */ (null))
  const [stage, setStage] = useState("loading")
  const secret = hold?.clientSecret
  const from = { js: page.pay.js ?? "https://js.stripe.com/endive/stripe.js", publishableKey: hold?.publishableKey ?? page.pay.publishableKey }
  useEffect(() => {
    if (!secret || !place.current) return
    let gone = false
    mount(place.current, { ...from, clientSecret: secret, locale: /** @type {any} */ (lang), appearance: look() }).then((made) => {
      if (gone) return made.unmount()
      form.current = made
      setStage("ready")
    }, () => gone || (setStage("failed"), setWrong(w.formFailed)))
    return () => {
      gone = true
      form.current?.unmount()
    }
  }, [secret])
  /** @param {() => Promise<import("../shared/pay.js").Result>} ask */
  const run = async (ask) => {
    setStage("asking")
    setWrong("")
    const result = await ask().catch(() => ({ status: "error", code: "unknown", message: w.noAnswerBank }))
    if (result.status === "declined") setWrong(decline(result.code, result.message))
    else if (result.status === "error") setWrong(result.message || w.noAnswerBank)
    setStage(result.status === "requires_action" ? "bank" : "ready")
    refresh()
  }
  const foot = html`${stage === "bank"
      ? html`<button type="button" class="button primary tall wide" onClick=${() => run(() => resume({ ...from, clientSecret: secret ?? "" }))}>${w.answerBank}</button>`
      : html`<button type="button" class="button primary tall wide" disabled=${stage !== "ready" || isStale.value} onClick=${() => form.current && run(form.current.pay)}>${stage === "asking" ? w.askingBank : fill(m.holdOn, price(hold?.amount ?? 0))}</button>`}
    <button type="button" class="button quiet wide" disabled=${busy || stage === "asking"} onClick=${() => send(`tab:${hold?.id}:release`, `holds/${hold?.id}/release`, {})}>${m.cancelTab}</button>`
  return html`<${Panel} title=${m.openTab} onclose=${onclose} close=${w.close} foot=${foot}><p class="pay-sum amount">${price(hold?.amount ?? 0)}</p><p>${m.tabMore}</p>
    ${wrong && html`<p class="card declined" role="alert">${wrong}</p>`}
    ${stage === "loading" && html`<p class="soft" role="status">${w.loadingForm}</p>`}
    <div key="form" class="card-form" ref=${place} inert=${stage === "asking"}></div><//>`
}

/** What is held, and what becomes of it. @param {Props} props */
function Held({ hold, busy, wrong, send, onclose }) {
  const [text, setText] = useState("")
  if (!hold) return null
  const estimate = text.trim() ? amountOf(coins(), text) : null
  const moving = hold.status === "capturing" ? fill(m.capturing, price(due.value)) : hold.status === "releasing" ? m.releasing : hold.raising ? fill(m.raising, price(hold.raising)) : ""
  const off = busy || isStale.value || Boolean(moving)
  const foot = due.value > 0
    ? html`<button type="button" class="button primary tall wide" disabled=${off} onClick=${() => send(`tab:${hold.id}:capture`, `holds/${hold.id}/capture`, { expectedAmount: due.value })}>${fill(m.capture, price(due.value))}</button>`
    : html`<button type="button" class="button wide" disabled=${off} onClick=${() => send(`tab:${hold.id}:release`, `holds/${hold.id}/release`, {})}>${m.release}</button>`
  return html`<${Panel} title=${m.tab} onclose=${onclose} close=${w.close} foot=${foot}>
    <p class="pay-sum amount">${price(hold.amount)}</p><p>${hold.card ? fill(m.heldOn, price(hold.amount), hold.card) : fill(m.heldOnCard, price(hold.amount))}. ${due.value > 0 && fill(m.youOwe, price(due.value))}</p>
    ${moving && html`<p role="status">${moving}</p>`}
    ${hold.decline && html`<p class="card declined" role="alert">${fill(m.raiseDeclined, price(hold.amount))}</p>`}
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    ${hold.canRaise !== false && !moving && html`<form class="stack" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), estimate && send(`tab:${hold.id}:raise`, `holds/${hold.id}/raise`, { estimate }))}><${Estimate} label=${m.tabMoreEstimate} id="estimate" text=${text} onchange=${setText} /><button class="button wide" disabled=${off || !estimate}>${m.raise}</button></form>`}<//>`
}

/** The line on the bill that says that my tab is there. @param {{onopen: () => void}} props */
export function TabLine({ onopen }) {
  const [, hold] = myTab() ?? []
  if (!hold || hold.status === "released" || hold.status === "refused") return null
  const words = { placed: m.openTab, authorized: fill(m.heldOnCard, price(hold.amount)), capturing: fill(m.capturing, price(due.value)), captured: fill(m.captured, price(hold.captured ?? 0)), releasing: m.releasing, expired: m.expired }[/** @type {string} */ (hold.status)] ?? m.tab
  return html`<section class="card row" aria-label=${m.tab}><p class="grow"><strong>${m.tab}</strong><br /><span class="small">${words}</span></p><button type="button" class="button" onClick=${onopen}>${w.show}</button></section>`
}

