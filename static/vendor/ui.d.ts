// The types of ui.js. They are read by the type check only, which has the packages at hand.
export { render } from "preact"
export { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks"
export { batch, computed, effect, signal } from "@preact/signals"
export { html } from "htm/preact"
