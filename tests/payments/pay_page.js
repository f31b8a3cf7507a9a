// A page as small as can be around the payment module: what the tests click on.
import {mount, resume} from "/static/shared/pay.js"

const query = new URLSearchParams(location.search)
const config = {js: query.get("js"), publishableKey: query.get("pk")}
const clientSecret = query.get("secret") ?? undefined
const status = document.querySelector("[role=status]")
const say = (result) => { status.textContent = JSON.stringify(result) }
const on = (name, action) => document.querySelector(name).addEventListener("click", () => action().then(say, (error) => say({thrown: error.message})))

if (query.get("resume")) {
  resume({...config, clientSecret}).then(say)
} else {
  mount(document.querySelector("#card"), {...config, clientSecret, amount: 1250, currency: "EUR"}).then(
    (form) => {
      on("#pay", () => form.pay())
      on("#token", () => form.token())
      on("#unmount", async () => form.unmount())
      document.body.dataset.ready = "1"
    },
    (error) => say({thrown: error.message}),
  )
}
