import type { Machine } from '../../../api/pages/index.ts';
import { formatSize } from '../../../wording/index.ts';

/** File systems that the agent writes to, by room and by inodes: either can run out. */
export function Disks({ disks }: { disks: Machine['disks'] }) {
  return (
    <ul class="panel disks live">
      {disks.map((disk) => (
        <li key={disk.path}>
          <div class="limit-head">
            <span>
              <span class="mono">{disk.path}</span> <span class="muted">{disk.for}</span>
            </span>
            <span class="number">
              {formatSize(disk.free_bytes)} free <span class="muted">of {formatSize(disk.total_bytes)}</span>
            </span>
          </div>
          <Room
            name={`Room on ${disk.path}`}
            used={disk.total_bytes - disk.free_bytes}
            all={disk.total_bytes}
          />
          {disk.inodes !== null && disk.inodes_free !== null && (
            <>
              <div class="limit-head">
                <span class="muted">inodes</span>
                <span class="number">
                  {disk.inodes_free.toLocaleString('en')} free{' '}
                  <span class="muted">of {disk.inodes.toLocaleString('en')}</span>
                </span>
              </div>
              <Room name={`Inodes on ${disk.path}`} used={disk.inodes - disk.inodes_free} all={disk.inodes} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Room({ name, used, all }: { name: string; used: number; all: number }) {
  return (
    <meter
      min={0}
      max={all}
      low={all * 0.8}
      high={all * 0.92}
      optimum={0}
      value={used}
      aria-label={`${name}: ${Math.round((used / Math.max(1, all)) * 100)}% used`}
    />
  );
}
