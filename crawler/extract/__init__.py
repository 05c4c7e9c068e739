"""From bytes to blocks of text: HTML, structured data, ad slots, OCR and QR."""
