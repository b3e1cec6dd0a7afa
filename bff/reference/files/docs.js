/* global document, SwaggerUIBundle */
// Shows the document of this server, and calls it from the same page.
SwaggerUIBundle({
  domNode: document.getElementById('reference'),
  url: '/openapi.json',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
