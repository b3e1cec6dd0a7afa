/**
 * The Queue's published client: positions of whole queues, kept in memory and fed by `PositionService.WatchQueue`. For
 * whoever answers many members, such as the BFF. Nothing here reaches a database.
 */
export type { WaitEstimate } from './estimate.ts';
export { BoardGap, PositionBoard, type BoardChange, type Standing } from './position-board/board.ts';
export { DrawnOrder, type Lots } from './position-board/draw.ts';
export { LiveBoards, type LiveBoardsOptions } from './position-board/live-boards.ts';
