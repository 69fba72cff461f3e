// Makes the variants of photos with sharp, once for each line of standard input,
// which names the folder they go to:
//
//	node optimise.mjs once|thrice AT-ONCE PHOTO...
//
// "thrice" is what the manual shows: a pipeline of its own for each size. "once"
// is what a careful user writes: decoded once, with libvips' shrink on load, and
// all sizes made of those pixels.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import sharp from 'sharp';

const sides = [1024, 512, 128];
const [way, atOnce, ...photos] = process.argv.slice(2);

const shrink = (image, side) => image.resize(side, side, { fit: 'inside', withoutEnlargement: true });

const name = (folder, photo, side) => join(folder, `${String(photo).padStart(2, '0')}.${side}.webp`);

async function thrice(photo, folder) {
  for (const side of sides) {
    await shrink(sharp(photos[photo]).autoOrient(), side).webp({ quality: 80 }).toFile(name(folder, photo, side));
  }
}

async function once(photo, folder) {
  const largest = shrink(sharp(photos[photo]).autoOrient(), sides[0]);
  const { data, info } = await largest.raw().toBuffer({ resolveWithObject: true });
  for (const side of sides) {
    const pixels = sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
    await shrink(pixels, side).webp({ quality: 80 }).toFile(name(folder, photo, side));
  }
}

async function optimiseAll(folder) {
  const optimise = { once, thrice }[way];
  let next = 0;
  const work = async () => {
    while (next < photos.length) {
      await optimise(next++, folder);
    }
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, work));
}

for await (const folder of createInterface({ input: process.stdin })) {
  await optimiseAll(folder);
  console.log('done');
}
