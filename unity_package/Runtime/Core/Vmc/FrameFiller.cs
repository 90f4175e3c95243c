namespace AvatarBridge
{
    /// <summary>
    /// Decides to which frame data belongs whose datagram does not name its time (a frame split over
    /// datagrams, of which only the first has /T). That is the latest frame, until a bone that comes
    /// twice shows that datagrams overtake one another. From then on the time of arrival decides:
    /// what comes long after the latest /T, and when the next frame is due, belongs to the next and
    /// waits here for its /T.
    /// </summary>
    internal sealed class FrameFiller
    {
        // Nothing of a frame comes before its least delayed datagram would, an interval after the last
        // frame's. A little less, for clocks and senders are not that even.
        const double DueIntervals = 0.9;
        // A frame that its sender finished late arrives late as a whole, /T and data together.
        const double TogetherIntervals = 0.5;
        // So long a line is distrusted. Not for ever: on an orderly one, a reader that stalls for a
        // moment would mistake late data for early.
        const double DistrustSeconds = 10;

        readonly JitterBuffer _buffer;
        readonly SenderClock _clock;
        readonly PoseFrame _early = new PoseFrame();

        double _distrustUntil = double.NegativeInfinity;

        public FrameFiller(JitterBuffer buffer, SenderClock clock)
        {
            _buffer = buffer;
            _clock = clock;
        }

        public void Reset() => _early.Begin(0, 0);

        /// <summary>The latest frame, or the one that waits when its successor's data is due.</summary>
        public PoseFrame Choose(PoseFrame latest, double arrival)
        {
            if (arrival > _distrustUntil) return latest;
            var due = latest.Time + _clock.FirstOffset + _clock.Interval * DueIntervals;
            var together = latest.FirstArrival + _clock.Interval * TogetherIntervals;
            return arrival < due || arrival < together ? latest : _early;
        }

        public void Place(PoseFrame frame, BodyBone bone, Quat rotation, double arrival)
        {
            if (frame == _early || !frame.Has(bone) || frame.IsGuess(bone))
            {
                frame.Set(bone, rotation);
                return;
            }
            var held = frame.Rotations[(int)bone];
            if (IsSame(held, rotation)) return; // the network doubled the datagram

            _distrustUntil = arrival + DistrustSeconds;
            var place = _buffer.Count - 1;
            while (place > 0 && _buffer[place] != frame) place--;
            var previous = place > 0 ? _buffer[place - 1] : null;
            if (previous == null || previous.Has(bone)) _early.Set(bone, rotation);
            else Share(previous, frame, bone, held, rotation, place);
        }

        /// <summary>Gives a new frame what came ahead of its /T.</summary>
        public void Adopt(PoseFrame frame)
        {
            frame.Adopt(_early);
            _early.Begin(0, 0);
        }

        /// <summary>Two values for two frames: the one that continues the motion is the older.</summary>
        void Share(PoseFrame previous, PoseFrame current, BodyBone bone, Quat held, Quat came, int place)
        {
            var heldIsOlder = true;
            for (var i = place - 2; i >= 0; i--)
            {
                if (!_buffer[i].Has(bone)) continue;
                var before = _buffer[i].Rotations[(int)bone];
                heldIsOlder = Nearness(before, held) >= Nearness(before, came);
                break;
            }
            previous.Set(bone, heldIsOlder ? held : came);
            current.Set(bone, heldIsOlder ? came : held);
        }

        static float Nearness(Quat a, Quat b)
        {
            var dot = Quat.Dot(a, b);
            return dot < 0 ? -dot : dot;
        }

        static bool IsSame(Quat a, Quat b) => a.X == b.X && a.Y == b.Y && a.Z == b.Z && a.W == b.W;
    }
}
