"use strict";

// The description names no server. Calls go to where the page came from, path prefix and all.
const here = new URL(".", document.baseURI).href.replace(/\/$/, "");

async function showApi() {
  const response = await fetch("openapi.json");
  if (!response.ok) {
    throw new Error(`openapi.json: ${response.status} ${response.statusText}`);
  }
  const description = await response.json();
  document.title = description.info.title;
  SwaggerUIBundle({
    spec: { ...description, servers: [{ url: here }] },
    domNode: document.getElementById("api"),
    deepLinking: true,
    validatorUrl: null, // would ask a server on the Internet
  });
}

showApi().catch((error) => {
  const text = document.createElement("p");
  text.className = "failure";
  text.textContent = `The description of the API could not be shown. ${error.message}`;
  document.getElementById("api").replaceChildren(text);
});
