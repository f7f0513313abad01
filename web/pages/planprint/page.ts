// The printed drawing: a button that prints, where there is a script to do it.
const button = document.getElementById('udskriv');
if (button) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
