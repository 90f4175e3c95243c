using System;

namespace AvatarBridge
{
    /// <summary>
    /// What never came: whole frames by the sender's numbering or else by gaps in its time, parts of
    /// frames by the bones that neighbours have.
    /// </summary>
    internal sealed class LossMeter
    {
        // Counts of a frame fade over about this many later ones: a read-out of the last seconds.
        const float Retention = 0.99f;
        // A gap this many intervals long is a lost frame, not an uneven sender.
        const double GapIntervals = 1.6;
        const int MaxGapFrames = 100;
        // A set of bones missing this many frames in a row is no longer being sent.
        const int PatienceFrames = 60;

        ulong _expected;
        int _incompleteRun;
        long _lastSequence = PoseFrame.NoSequence;
        float _bonesExpected, _bonesMissing;

        public struct Missing
        {
            public int Frames;
            public bool Bones;
        }

        /// <summary>The share of bone rotations lost lately, 0 to 1.</summary>
        public float Share => _bonesExpected > 0 ? _bonesMissing / _bonesExpected : 0;

        public void Reset()
        {
            _expected = 0;
            _incompleteRun = 0;
            _lastSequence = PoseFrame.NoSequence;
            _bonesExpected = _bonesMissing = 0;
        }

        public Missing Observe(PoseFrame frame, double nextTime, double interval)
        {
            var lost = CountLost(frame, nextTime, interval);
            var absent = CountBits(_expected & ~frame.Bones);
            _incompleteRun = absent > 0 ? _incompleteRun + 1 : 0;
            _expected = _incompleteRun > PatienceFrames ? frame.Bones : _expected | frame.Bones;

            var whole = CountBits(_expected);
            _bonesExpected = _bonesExpected * Retention + whole * (1 + lost);
            _bonesMissing = _bonesMissing * Retention + absent + whole * lost;
            return new Missing { Frames = lost, Bones = absent > 0 };
        }

        int CountLost(PoseFrame frame, double nextTime, double interval)
        {
            var previous = _lastSequence;
            _lastSequence = frame.Sequence;
            if (frame.Sequence != PoseFrame.NoSequence && previous != PoseFrame.NoSequence)
                return (int)Math.Max(0, Math.Min(MaxGapFrames, frame.Sequence - previous - 1));
            if (frame.Sequence != PoseFrame.NoSequence) return 0;
            var gap = nextTime - frame.Time;
            return gap > GapIntervals * interval
                ? (int)Math.Min(MaxGapFrames, Math.Round(gap / interval) - 1)
                : 0;
        }

        static int CountBits(ulong bits)
        {
            var count = 0;
            for (; bits != 0; bits &= bits - 1) count++;
            return count;
        }
    }
}
