// Reads one PDF away from the page: no DOM, no session, and nothing to reach but this origin. Bundlers make a file of its own of it.
import 'pdfjs-dist/build/pdf.worker.min.mjs'
