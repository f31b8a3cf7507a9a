// The only module of the pages that knows Stripe. It loads Stripe.js (or the sandbox's stand-in for it) when a guest
// wants to pay, shows the card form, and says in one small shape what became of a payment.

/** @typedef {import("@stripe/stripe-js").Stripe} Stripe */
/** @typedef {import("@stripe/stripe-js").StripeElements} StripeElements */
/** @typedef {import("@stripe/stripe-js").PaymentIntent} PaymentIntent */
/** @typedef {import("@stripe/stripe-js").StripeError} StripeError */

/**
 * Where Stripe.js comes from and who we are to Stripe.
 * @typedef {{js: string, publishableKey: string}} Config
 */

/**
 * What became of a payment. `succeeded` covers a hold too. `requires_action`: the bank still wants an answer, `resume`
 * asks again. `declined`: another card may be tried, `message` says why in the card holder's words. `error`: nothing was
 * charged that we know of, except with the code `unknown`, when nobody could be asked.
 * @typedef {{status: "succeeded" | "processing" | "requires_action" | "declined" | "error", message: string, code: string}} Result
 */

/**
 * What the form collects for: an intent that exists (`clientSecret`), or an amount that the server will create and
 * confirm an intent for (`amount` in Stripe's unit and `currency`).
 * @typedef {object} Options
 * @property {string} [clientSecret]
 * @property {number} [amount]
 * @property {string} [currency]
 * @property {string} [returnUrl] where a bank sends the payer back to; this page if absent
 * @property {import("@stripe/stripe-js").StripeElementLocale} [locale]
 * @property {import("@stripe/stripe-js").Appearance} [appearance]
 * @property {(complete: boolean) => void} [onChange] called whenever the form becomes complete or incomplete
 */

/**
 * A card form on the page. `pay` confirms the intent with it; `token` collects for a confirmation by the server.
 * @typedef {object} Form
 * @property {() => Promise<Result>} pay
 * @property {() => Promise<{token: string} | Result>} token
 * @property {() => void} unmount
 */

const LOAD_TIMEOUT_MS = 20_000

/** @type {Map<string, Promise<Stripe>>} */
const loading = new Map()

/**
 * Load Stripe.js once; a failed load may be tried again.
 * @param {Config} config
 * @returns {Promise<Stripe>}
 */
export function loadStripe({js, publishableKey}) {
  const name = `${js} ${publishableKey}`
  const known = loading.get(name)
  if (known) return known
  const promise = loadScript(js).then(() => {
    const make = /** @type {any} */ (window).Stripe
    if (!make) throw new Error("Stripe.js did not start")
    return /** @type {Stripe} */ (make(publishableKey))
  })
  loading.set(name, promise)
  promise.catch(() => loading.delete(name))
  return promise
}

/** @param {string} address @returns {Promise<void>} */
function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script")
    const fail = () => {
      script.remove()
      reject(new Error("Stripe.js could not be loaded"))
    }
    const timer = setTimeout(fail, LOAD_TIMEOUT_MS)
    script.src = address
    script.async = true
    script.addEventListener("load", () => {
      clearTimeout(timer)
      resolve()
    })
    script.addEventListener("error", () => {
      clearTimeout(timer)
      fail()
    })
    document.head.append(script)
  })
}

/**
 * Show the card form in `root`. Resolves when it can be filled in; rejects when Stripe.js cannot be loaded.
 * @param {HTMLElement} root
 * @param {Config & Options} options
 * @returns {Promise<Form>}
 */
export async function mount(root, options) {
  const stripe = await loadStripe(options)
  const elements = stripe.elements(elementsOptions(options))
  const element = elements.create("payment")
  element.on("change", ({complete}) => options.onChange?.(complete))
  await shown(element, root)
  return {
    pay: () => pay(stripe, elements, options),
    token: () => token(stripe, elements, options),
    unmount: () => element.destroy(),
  }
}

/** @param {Options} options @returns {any} */
function elementsOptions({clientSecret, amount, currency, locale, appearance}) {
  const look = {...(locale && {locale}), ...(appearance && {appearance})}
  return clientSecret ? {clientSecret, ...look} : {mode: "payment", amount, currency: currency?.toLowerCase(), ...look}
}

/**
 * @param {import("@stripe/stripe-js").StripePaymentElement} element
 * @param {HTMLElement} root
 * @returns {Promise<void>}
 */
function shown(element, root) {
  return new Promise((resolve, reject) => {
    element.on("ready", () => resolve())
    element.on("loaderror", ({error}) => reject(new Error(error.message ?? "The card form could not be shown")))
    element.mount(root)
  })
}

/**
 * @param {Stripe} stripe
 * @param {StripeElements} elements
 * @param {Options} options
 * @returns {Promise<Result>}
 */
async function pay(stripe, elements, {clientSecret, returnUrl}) {
  if (!clientSecret) throw new TypeError("pay() needs a client secret; without one the server confirms with token()")
  const checked = await elements.submit()
  if (checked.error) return failure(checked.error)
  const confirmParams = {return_url: returnUrl ?? location.href}
  const {paymentIntent, error} = await stripe.confirmPayment({elements, confirmParams, redirect: "if_required"})
  if (!error) return outcome(paymentIntent)
  return isDoubt(error) ? look(stripe, clientSecret) : failure(error)
}

/**
 * @param {Stripe} stripe
 * @param {StripeElements} elements
 * @param {Options} options
 * @returns {Promise<{token: string} | Result>}
 */
async function token(stripe, elements, {returnUrl}) {
  const checked = await elements.submit()
  if (checked.error) return failure(checked.error)
  const params = {return_url: returnUrl ?? location.href}
  const {confirmationToken, error} = await stripe.createConfirmationToken({elements, params})
  return confirmationToken ? {token: confirmationToken.id} : failure(error)
}

/**
 * Say what became of a payment after a reload, a lost connection or a confirmation by the server; where the bank still
 * wants an answer, let the payer give it now.
 * @param {Config & {clientSecret: string}} options
 * @returns {Promise<Result>}
 */
export async function resume({js, publishableKey, clientSecret}) {
  const stripe = await loadStripe({js, publishableKey})
  const seen = await look(stripe, clientSecret)
  if (seen.status !== "requires_action") return seen
  const {paymentIntent, error} = await stripe.handleNextAction({clientSecret})
  if (paymentIntent) return outcome(/** @type {PaymentIntent} */ (paymentIntent))
  return error && isDoubt(error) ? look(stripe, clientSecret) : failure(error)
}

/**
 * @param {Stripe} stripe
 * @param {string} clientSecret
 * @returns {Promise<Result>}
 */
async function look(stripe, clientSecret) {
  const {paymentIntent, error} = await stripe.retrievePaymentIntent(clientSecret)
  if (paymentIntent) return outcome(paymentIntent)
  return error && isDoubt(error) ? {status: "error", message: error.message ?? "", code: "unknown"} : failure(error)
}

/** Whether an error leaves open what happened. @param {StripeError} error @returns {boolean} */
function isDoubt(error) {
  return error.type === "api_connection_error" || error.type === "api_error" || error.type === "rate_limit_error"
}

/** @param {PaymentIntent} intent @returns {Result} */
function outcome(intent) {
  switch (intent.status) {
    case "succeeded":
    case "requires_capture":
      return {status: "succeeded", message: "", code: intent.status}
    case "processing":
    case "requires_action":
      return {status: intent.status, message: "", code: intent.status}
    case "requires_payment_method":
      if (intent.last_payment_error) return failure(/** @type {any} */ (intent.last_payment_error))
      return {status: "error", message: "", code: intent.status}
    default:
      return {status: "error", message: "", code: intent.status}
  }
}

/** @param {StripeError | undefined} error @returns {Result} */
function failure(error) {
  // An intent that is over explains more than the error about asking again: it may have been paid meanwhile.
  const intent = error?.payment_intent
  if (intent && intent.status !== "requires_payment_method") return outcome(intent)
  const message = error?.message ?? ""
  const code = error?.decline_code ?? error?.code ?? error?.type ?? "unknown"
  const declined = error?.type === "card_error" || error?.code === "payment_intent_authentication_failure"
  return {status: declined ? "declined" : "error", message, code}
}
