import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { isSameSecret } from "../../adapters/signature.ts";
import { text } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { readOwnForm } from "../form.ts";
import type { Services } from "../services.ts";
import { endSession, startSession } from "../session.ts";
import { createPage } from "./create-page.ts";
import { html, renderHtml, type Html } from "./html.ts";
import { layout, section } from "./layout.ts";
import { viewRoot } from "./links.ts";
import { seeOther } from "./see-other.ts";
import type { Page, View } from "./view.ts";

const parseSignIn = createParameterParser({ to: text("The view to show after it, with its query") });

/** The form for the token. It is also shown in place of a view whose reader is not signed in. */
export const signInView: View = {
  path: "login",
  render: async (page, { query }) => signInPage(page, parseSignIn(query, page.now).to ?? ""),
};

/** `to`: the view to show then, relative to `/ui/`, with its query. */
export function signInPage(page: Page, to: string, problem?: string): Html {
  // Password managers store a token only together with a name.
  const form = html`<form method="post" action="${page.links.toView("login")}">
<input type="hidden" name="to" value="${readOwnPath(to)}">
<input class="hidden" autocomplete="username" value="pipegauge" tabindex="-1" aria-hidden="true" readonly>
<label>API token <input name="token" type="password" autocomplete="current-password" required autofocus maxlength="4096"></label>
<button>Sign in</button>
</form>`;
  return layout(page, { title: "Sign in" }, [
    section("login", "Sign in", [
      problem !== undefined && html`<p role="alert"><span class="badge bad">${problem}</span></p>`,
      html`<p>Enter a token of <code>PIPEGAUGE_API_TOKEN</code>. This browser stays signed in for 7 days, or until the token is changed.</p>`,
      form,
    ]),
  ]);
}

/** `POST /ui/login` and `POST /ui/logout`. `guard` makes an error a page. */
export function addSignIn(router: Router, services: Services, guard: Middleware): void {
  router.post(`${viewRoot}login`, guard, async (ctx) => {
    const form = await readOwnForm(ctx, services);
    const given = form.get("token") ?? "";
    // All are compared, so that the time does not reveal which one matches.
    const [token] = services.config.apiTokens().filter((one) => isSameSecret(given, one));
    if (token === undefined) return refuse(ctx, services, form.get("to") ?? "");
    startSession(ctx, token, services.clock());
    return seeOther(ctx, `./${readOwnPath(form.get("to") ?? "")}`);
  });
  router.post(`${viewRoot}logout`, guard, async (ctx) => {
    await readOwnForm(ctx, services);
    endSession(ctx);
    seeOther(ctx, "./login");
  });
}

function refuse(ctx: Context, services: Services, to: string): void {
  ctx.status = 401;
  // A challenge for programs alone: with one for `Basic` a browser would ask for a password in a window of its own.
  ctx.set("WWW-Authenticate", "Bearer");
  ctx.body = renderHtml(signInPage(createPage(ctx, services), to, "This is not a token of PIPEGAUGE_API_TOKEN."));
}

/** The path and query of one of our views, relative to `/ui/`; the first view for anything else. */
function readOwnPath(to: string): string {
  const root = `http://own.invalid${viewRoot}`;
  if (!URL.canParse(to, root)) return "";
  const { origin, pathname, search } = new URL(to, root);
  if (origin !== "http://own.invalid" || !pathname.startsWith(viewRoot)) return "";
  const path = pathname.slice(viewRoot.length);
  return path === "login" ? "" : path + search;
}
