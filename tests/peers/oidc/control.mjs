// The routes by which a test moves the server's clock and looks into it.

export async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** `POST /control/pass` lets seconds pass; `GET /control/view` says what the server knows. */
export function control({ pass, view }) {
  return async (request, response) => {
    if (request.method === 'POST' && request.url === '/control/pass') {
      pass(Number(await readBody(request)));
    } else if (request.method !== 'GET' || request.url !== '/control/view') {
      response.statusCode = 404;
      return response.end();
    }
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify(view()));
  };
}
