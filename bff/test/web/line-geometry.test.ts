import { expect, test } from '@boxoffice/runtime/testing/tests';
import {
  figureDistances,
  lineLength,
  lineShape,
  peoplePerFigure,
  pointAt,
  spacing,
  yourDistance,
} from '../../web/buyer/line-geometry.ts';

test.each([0, 1, 5, 48, 49, 300, 5_000, 499_999, 2_000_000])('%d people ahead fit into the picture', (ahead) => {
  const people = peoplePerFigure(ahead);
  expect(yourDistance(ahead, people)).toBeLessThanOrEqual(lineLength(lineShape));
  const others = figureDistances(ahead, ahead, people);
  expect(others.length).toBeLessThanOrEqual(48);
  expect(others.length).toBeGreaterThanOrEqual(Math.min(ahead, 19));
  for (const distance of others) expect(distance).toBeLessThan(yourDistance(ahead, people));
});

test('few are shown one by one, and move on together as some go in', () => {
  expect(figureDistances(5, 5, 1)).toEqual([1, 2, 3, 4, 5].map((place) => place * spacing));
  expect(figureDistances(2.5, 5, 1)).toEqual([0.5, 1.5, 2.5].map((place) => place * spacing));
  expect(figureDistances(0, 5, 1)).toEqual([]);
});

test('the scale is kept while it still shows enough, so that the line seems to move', () => {
  expect(peoplePerFigure(5_000)).toBe(200);
  expect(peoplePerFigure(1_300, 200)).toBe(200);
  expect(peoplePerFigure(1_100, 200)).toBe(50);
  expect(peoplePerFigure(0, 1)).toBe(1);
});

test('the way is without gaps, and never leaves the picture', () => {
  let before = pointAt(0, lineShape);
  for (let distance = 1; distance <= lineLength(lineShape); distance++) {
    const point = pointAt(distance, lineShape);
    expect(Math.hypot(point.x - before.x, point.y - before.y)).toBeLessThan(1.5);
    expect(point.x).toBeGreaterThanOrEqual(0);
    expect(point.x).toBeLessThanOrEqual(lineShape.width);
    before = point;
  }
});
