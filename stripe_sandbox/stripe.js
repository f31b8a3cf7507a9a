// The browser's side of the sandbox: `window.Stripe` with the part of Stripe.js that a payment page uses. Stripe's own
// script keeps the card fields in a frame of another origin; this one takes test cards only and draws them in a shadow
// root, so that the styles of the page and of the form leave each other alone. Strict policies hold: no inline code, no
// style attributes, and only this script's origin is talked to.
(() => {
  const origin = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src).origin;

  const TEST_CARDS = [
    ["4242 4242 4242 4242", "Visa: pays"],
    ["5555 5555 5555 4444", "Mastercard: pays"],
    ["4000 0025 0000 3155", "3-D Secure, then pays"],
    ["4000 0000 0000 0002", "Declined"],
    ["4000 0000 0000 9995", "Insufficient funds"],
    ["4000 0000 0000 0069", "Expired card"],
    ["4000 0000 0000 8773", "Processing, then pays"],
  ];

  const CSS = `
    :host { display: block; font-family: inherit; }
    .grid { display: grid; grid-template-columns: 1fr 1fr; gap: 0.875rem 0.75rem; }
    .wide { grid-column: 1 / -1; }
    label { display: block; font-size: 0.9375rem; margin-bottom: 0.25rem; }
    input, select {
      box-sizing: border-box; width: 100%; min-height: 3rem; padding: 0.625rem 0.75rem; font: inherit; font-size: 1rem;
      font-variant-numeric: tabular-nums; color: inherit;
      background: var(--card-form-background, color-mix(in srgb, currentcolor 4%, transparent));
      border: 1px solid color-mix(in srgb, currentcolor 45%, transparent); border-radius: var(--card-form-radius, 0.5rem);
    }
    input:focus-visible, select:focus-visible, button:focus-visible {
      outline: 3px solid var(--card-form-primary, Highlight); outline-offset: 1px;
    }
    option { color: CanvasText; background: Canvas; }
    [aria-invalid="true"] { border-color: var(--card-form-danger, light-dark(#b3261e, #ffb4ab)); }
    .problem { margin: 0.25rem 0 0; font-size: 0.875rem; color: var(--card-form-danger, light-dark(#b3261e, #ffb4ab)); }
    .problem:empty { display: none; }
    dialog {
      max-width: min(24rem, calc(100vw - 2rem)); box-sizing: border-box; padding: 1.5rem; border: 0; border-radius: 1rem;
      font: 1rem/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; box-shadow: 0 1rem 4rem rgb(0 0 0 / 40%);
    }
    dialog::backdrop { background: rgb(0 0 0 / 55%); }
    h2 { margin: 0 0 0.5rem; font-size: 1.25rem; }
    p { margin: 0 0 1rem; }
    button {
      width: 100%; min-height: 3rem; margin-top: 0.5rem; font: inherit; font-weight: 600; cursor: pointer; color: inherit;
      background: transparent; border: 1px solid color-mix(in srgb, currentcolor 45%, transparent); border-radius: 0.5rem;
    }
    button.primary { color: Canvas; background: CanvasText; }
  `;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);

  const digits = (text) => text.replace(/\D/g, "");

  const passesLuhn = (number) =>
    [...number].reverse().reduce((sum, digit, place) => {
      const value = Number(digit) * (1 + (place % 2));
      return sum + (value > 9 ? value - 9 : value);
    }, 0) % 10 === 0;

  const grouped = (number) =>
    (/^3[47]/.test(number) ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)] : number.match(/.{1,4}/g) ?? [])
      .filter(Boolean)
      .join(" ");

  /** Make an element with properties and children; never through markup. */
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const flat = (value, path = "", into = new URLSearchParams()) => {
    if (value === null || value === undefined) return into;
    if (typeof value !== "object") into.append(path, String(value));
    else for (const [name, inner] of Object.entries(value)) flat(inner, path ? `${path}[${name}]` : name, into);
    return into;
  };

  class CardForm {
    constructor() {
      this.listeners = {};
      this.fields = {};
    }

    on(event, handler) {
      (this.listeners[event] ??= []).push(handler);
      return this;
    }

    off(event, handler) {
      this.listeners[event] = (this.listeners[event] ?? []).filter((one) => one !== handler);
      return this;
    }

    tell(event, detail = {}) {
      for (const handler of this.listeners[event] ?? []) handler({ elementType: "payment", ...detail });
    }

    mount(target) {
      const root = typeof target === "string" ? document.querySelector(target) : target;
      if (!root) throw new Error(`The selector you specified (${target}) applies to no DOM elements.`);
      this.host = make("div");
      const shadow = this.host.attachShadow({ mode: "open", delegatesFocus: true });
      shadow.adoptedStyleSheets = [sheet];
      shadow.append(this.draw());
      this.style();
      root.replaceChildren(this.host);
      queueMicrotask(() => this.tell("ready"));
    }

    unmount() {
      this.host?.remove();
      this.host = undefined;
      this.fields = {};
    }

    destroy() {
      this.unmount();
      this.listeners = {};
    }

    focus() {
      this.fields.number?.input.focus();
    }

    blur() {
      for (const { input } of Object.values(this.fields)) input.blur();
    }

    clear() {
      for (const { input } of Object.values(this.fields)) input.value = "";
    }

    update() {}

    style() {
      const { variables = {} } = this.appearance ?? {};
      const names = { colorPrimary: "primary", colorBackground: "background", colorDanger: "danger", borderRadius: "radius" };
      for (const [from, to] of Object.entries(names)) {
        if (variables[from]) this.host.style.setProperty(`--card-form-${to}`, variables[from]);
      }
    }

    draw() {
      const number = this.field("number", "Card number", "cc-number", "1234 1234 1234 1234", (text) =>
        grouped(digits(text).slice(0, 19)));
      const expiry = this.field("expiry", "Expiry MM / YY", "cc-exp", "MM / YY", (text, input) => {
        let value = digits(text).slice(0, 4);
        if (/^[2-9]/.test(value)) value = `0${value}`.slice(0, 4);
        if (value.length < 2 || (input.inputType === "deleteContentBackward" && value.length === 2)) return value;
        return `${value.slice(0, 2)} / ${value.slice(2)}`;
      });
      const cvc = this.field("cvc", "CVC", "cc-csc", "CVC", (text) => digits(text).slice(0, 4));
      number.className = "wide";
      return make("div", { className: "grid" }, this.picker(), number, expiry, cvc);
    }

    field(name, text, autocomplete, placeholder, format) {
      const input = make("input", { id: name, name, autocomplete, placeholder, inputMode: "numeric", type: "text" });
      const problem = make("p", { id: `${name}-problem`, className: "problem" });
      input.setAttribute("aria-describedby", problem.id);
      input.addEventListener("input", (event) => {
        input.value = format(input.value, event);
        this.complain(name, "");
        this.changed();
      });
      input.addEventListener("focus", () => this.tell("focus"));
      input.addEventListener("blur", () => this.tell("blur"));
      this.fields[name] = { input, problem };
      return make("div", {}, make("label", { htmlFor: name, textContent: text }), input, problem);
    }

    picker() {
      const options = TEST_CARDS.map(([number, what]) => make("option", { value: number, textContent: `${number} – ${what}` }));
      const none = make("option", { value: "", textContent: "Choose one, or type below" });
      const select = make("select", { id: "test" }, none, ...options);
      select.addEventListener("change", () => {
        const year = String(new Date().getFullYear() + 3).slice(2);
        this.fill(select.value ? [select.value, `12 / ${year}`, "123"] : ["", "", ""]);
      });
      const label = make("label", { htmlFor: "test", textContent: "Test mode: no money moves. Fill in a test card" });
      return make("div", { className: "wide" }, label, select);
    }

    fill([number, expiry, cvc]) {
      this.fields.number.input.value = number;
      this.fields.expiry.input.value = expiry;
      this.fields.cvc.input.value = cvc;
      for (const name of Object.keys(this.fields)) this.complain(name, "");
      this.changed();
    }

    complain(name, message) {
      const { input, problem } = this.fields[name];
      problem.textContent = message;
      if (message) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }

    values() {
      const [month, year] = this.fields.expiry.input.value.split("/").map(digits);
      return { number: digits(this.fields.number.input.value), month, year: year ?? "", cvc: this.fields.cvc.input.value };
    }

    changed() {
      const empty = Object.values(this.fields).every(({ input }) => !input.value);
      this.tell("change", { complete: this.problems().length === 0, empty, value: { type: "card" } });
    }

    problems() {
      const { number, month, year, cvc } = this.values();
      const now = new Date();
      const found = [];
      if (number.length < 12) found.push(["number", "incomplete_number", "Your card number is incomplete."]);
      else if (!passesLuhn(number)) found.push(["number", "invalid_number", "Your card number is invalid."]);
      if (year.length < 2) found.push(["expiry", "incomplete_expiry", "Your card's expiration date is incomplete."]);
      else if (Number(month) < 1 || Number(month) > 12) {
        found.push(["expiry", "invalid_expiry_month", "Your card's expiration month is invalid."]);
      } else if (new Date(2000 + Number(year), Number(month), 1) <= now) {
        found.push(["expiry", "invalid_expiry_year_past", "Your card's expiration date is in the past."]);
      }
      const length = /^3[47]/.test(number) ? 4 : 3;
      if (cvc.length < length) found.push(["cvc", "incomplete_cvc", "Your card's security code is incomplete."]);
      return found;
    }

    check() {
      if (!this.host) return { error: { type: "validation_error", code: "not_mounted", message: "The card form is not shown." } };
      const found = this.problems();
      for (const [name, , message] of found) this.complain(name, message);
      if (!found.length) return {};
      this.fields[found[0][0]].input.focus();
      return { error: { type: "validation_error", code: found[0][1], message: found[0][2] } };
    }

    method(more = {}) {
      const { number, month, year, cvc } = this.values();
      const card = { number, exp_month: Number(month), exp_year: 2000 + Number(year), cvc };
      return { type: "card", card, ...(more.billing_details ? { billing_details: more.billing_details } : {}) };
    }
  }

  class Elements {
    constructor(options) {
      this.options = options;
    }

    create(type, options = {}) {
      if (type !== "payment") throw new Error(`A valid Element name must be provided. You specified: ${type}.`);
      this.element = new CardForm();
      this.element.appearance = options.appearance ?? this.options.appearance;
      return this.element;
    }

    getElement(type) {
      return type === "payment" ? this.element ?? null : null;
    }

    update(options) {
      Object.assign(this.options, options);
    }

    async fetchUpdates() {
      return {};
    }

    async submit() {
      return this.element ? this.element.check() : { error: { type: "validation_error", message: "There is no card form." } };
    }
  }

  /** The amount as people write it; Stripe counts krónur and shillings in hundredths that they do not have. */
  const shown = ({ amount, currency }) => {
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
    const digits = ["isk", "ugx"].includes(currency) ? 2 : format.resolvedOptions().maximumFractionDigits;
    return format.format(amount / 10 ** digits);
  };

  /** Ask the payer for the bank: true when they complete the authentication, false for anything else. */
  const ask = (intent) =>
    new Promise((resolve) => {
      const host = make("div");
      const shadow = host.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [sheet];
      const title = make("h2", { id: "title", textContent: "3-D Secure" });
      const text = make("p", { textContent: `Your test bank wants to know whether it is you who pays ${shown(intent)}.` });
      const yes = make("button", { type: "button", className: "primary", textContent: "Complete authentication" });
      const no = make("button", { type: "button", textContent: "Fail authentication" });
      const dialog = make("dialog", {}, title, text, yes, no);
      dialog.setAttribute("aria-labelledby", title.id);
      const end = (answer) => {
        dialog.close();
        host.remove();
        resolve(answer);
      };
      yes.addEventListener("click", () => end(true));
      no.addEventListener("click", () => end(false));
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        end(false);
      });
      shadow.append(dialog);
      document.body.append(host);
      dialog.showModal();
    });

  const idOf = (clientSecret) => String(clientSecret).split("_secret_")[0];

  class Stripe {
    constructor(publishableKey, { stripeAccount } = {}) {
      if (!String(publishableKey).startsWith("pk_")) {
        throw new Error("Please call Stripe() with your publishable key. You used an empty string or a secret key.");
      }
      this.headers = { authorization: `Bearer ${publishableKey}` };
      if (stripeAccount) this.headers["stripe-account"] = stripeAccount;
    }

    async call(method, path, params) {
      const body = flat(params);
      const url = `${origin}/v1/${path}${method === "GET" ? `?${body}` : ""}`;
      try {
        const answer = await fetch(url, { method, headers: this.headers, ...(method === "GET" ? {} : { body }) });
        return await answer.json();
      } catch {
        return { error: { type: "api_connection_error", message: "We could not reach the payment service." } };
      }
    }

    elements(options = {}) {
      return new Elements({ ...options });
    }

    async retrievePaymentIntent(clientSecret) {
      const found = await this.call("GET", `payment_intents/${idOf(clientSecret)}`, { client_secret: clientSecret });
      return found.error ? { error: found.error } : { paymentIntent: found };
    }

    async confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const secret = clientSecret ?? elements?.options.clientSecret;
      const { payment_method_data: more, ...params } = confirmParams;
      const checked = elements ? await elements.submit() : {};
      if (checked.error) return checked;
      const intent = await this.call("POST", `payment_intents/${idOf(secret)}/confirm`, {
        return_url: location.href,
        ...params,
        ...(elements ? { payment_method_data: elements.element.method(more) } : {}),
        client_secret: secret,
        use_stripe_sdk: true,
      });
      const result = await this.finish(intent);
      if (result.paymentIntent && redirect !== "if_required") this.leave(confirmParams.return_url, result.paymentIntent);
      return result;
    }

    async handleNextAction({ clientSecret }) {
      const found = await this.call("GET", `payment_intents/${idOf(clientSecret)}`, { client_secret: clientSecret });
      return this.finish(found);
    }

    async confirmCardPayment(clientSecret, params = {}) {
      return this.confirmPayment({ clientSecret, confirmParams: params, redirect: "if_required" });
    }

    /** The answer of a confirmation as a result, after the payer answered the bank if it asked. */
    async finish(intent) {
      if (intent.error) return { error: intent.error };
      if (intent.status !== "requires_action") return this.result(intent);
      const redirect = intent.next_action?.redirect_to_url;
      if (redirect) {
        location.assign(redirect.url);
        return new Promise(() => {});
      }
      const outcome = (await ask(intent)) ? "succeeded" : "failed";
      const params = { client_secret: intent.client_secret, outcome };
      const answered = await this.call("POST", `3ds2/${intent.id}/authenticate`, params);
      return answered.error ? { error: answered.error } : this.result(answered);
    }

    result(intent) {
      const failed = intent.status === "requires_payment_method" && intent.last_payment_error;
      return failed ? { error: { ...intent.last_payment_error, payment_intent: intent } } : { paymentIntent: intent };
    }

    leave(returnUrl, intent) {
      const url = new URL(returnUrl ?? location.href);
      url.searchParams.set("payment_intent", intent.id);
      url.searchParams.set("payment_intent_client_secret", intent.client_secret);
      url.searchParams.set("redirect_status", intent.status === "requires_payment_method" ? "failed" : "succeeded");
      location.assign(url);
    }

    async createPaymentMethod({ elements, params = {} }) {
      const made = await this.call("POST", "payment_methods", elements.element.method(params));
      return made.error ? { error: made.error } : { paymentMethod: made };
    }

    async createConfirmationToken({ elements, params = {} }) {
      const checked = await elements.submit();
      if (checked.error) return checked;
      const { payment_method_data: more, ...rest } = params;
      const body = { payment_method_data: elements.element.method(more), return_url: location.href, ...rest };
      const made = await this.call("POST", "confirmation_tokens", body);
      return made.error ? { error: made.error } : { confirmationToken: made };
    }
  }

  window.Stripe = Object.assign((key, options) => new Stripe(key, options), { version: "sandbox" });
})();
