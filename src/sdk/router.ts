/** The response of a handler. */
export interface Response {
  /** A number, or a text such as `"404 Not Found"`, of which only the number is used. */
  readonly status: number | string;
  readonly content: string;
  /** The content type; by default `text/plain; charset=utf-8`. */
  readonly type?: string;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Handles one request. */
export type Handler = (headers: Headers, body: string) => Response | Promise<Response>;

/** Runs before the handler. A response that it returns ends the request; `undefined` or `null` passes it on. */
export type Middleware = (
  headers: Headers,
  body: string,
) => Response | undefined | null | Promise<Response | undefined | null>;

export type Route = readonly [method: string, path: string, handler: Handler];

/** A response with the usual status and type. */
export function response(
  content: string,
  status: Response["status"] = 200,
  type = "text/plain; charset=utf-8",
): Response {
  return { status, content, type };
}

/** The response when no route matches. */
export const errorHandler: Handler = () => response("Not Found\n", "404 Not Found");

/** Routes by method and path, compared exactly. Of two that match, the first that was registered is used. */
export class Router implements Iterable<Route> {
  readonly #routes: Route[] = [];

  register(method: string, path: string, handler: Handler): void {
    if (typeof method !== "string" || method === "")
      throw new TypeError("the method of a route must be a text such as GET");
    if (typeof path !== "string") throw new TypeError(`path must be a text, not ${String(path)}`);
    if (typeof handler !== "function") throw new TypeError(`the handler of ${method} ${path} must be a function`);
    this.#routes.push([method.toUpperCase(), path, handler]);
  }

  registerAll(routes: Iterable<Route>): void {
    for (const [method, path, handler] of routes) this.register(method, path, handler);
  }

  /** Finds the handler for a request, by default `errorHandler`. A HEAD request gets GET's handler. */
  select(method: string, path: string): Handler {
    return this.#find(method, path)?.[2] ?? errorHandler;
  }

  has(method: string, path: string): boolean {
    return this.#find(method, path) !== undefined;
  }

  /** The methods that a path has. */
  methods(path: string): string[] {
    const methods = this.#routes.filter(([, route]) => route === path).map(([method]) => method);
    return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
  }

  get size(): number {
    return this.#routes.length;
  }

  [Symbol.iterator](): Iterator<Route> {
    return this.#routes.values();
  }

  #find(method: string, path: string): Route | undefined {
    const wanted = method.toUpperCase();
    return (
      this.#routes.find(([routeMethod, at]) => at === path && routeMethod === wanted) ??
      (wanted === "HEAD" ? this.#find("GET", path) : undefined)
    );
  }
}

/** The handler behind its middleware, which runs in the order given. */
export function bindMiddleware(handler: Handler, middleware: readonly Middleware[]): Handler {
  return async (headers, body) => {
    for (const step of middleware) {
      const reply = await step(headers, body);
      if (reply !== undefined && reply !== null) return reply;
    }
    return handler(headers, body);
  };
}
