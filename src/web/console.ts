document.title = 'Console · Slipway';
