// What the pages use of preact, its hooks, signals and htm: the whole of ui.js. Rebuild with `npm run vendor`.
export { Component, Fragment, cloneElement, createContext, createRef, h, hydrate, render } from "preact"
export {
  useCallback,
  useContext,
  useEffect,
  useErrorBoundary,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks"
export { Signal, batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals"
export { html } from "htm/preact"
