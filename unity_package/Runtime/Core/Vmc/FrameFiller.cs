namespace AvatarBridge
{
    /// <summary>
    /// Decides to which frame a bone belongs whose datagram does not name its time (a frame split
    /// over datagrams, of which only the first has /T). In order it is simply the latest frame; a
    /// bone that comes twice shows that datagrams overtook one another.
    /// </summary>
    internal sealed class FrameFiller
    {
        readonly JitterBuffer _buffer;
        readonly PoseFrame _early = new PoseFrame();

        public FrameFiller(JitterBuffer buffer) => _buffer = buffer;

        public void Reset() => _early.Begin(0, 0);

        /// <summary>
        /// fresh: the frame's /T has only just come, so its own data is still expected. Returns
        /// whether the current frame took it as its own.
        /// </summary>
        public bool Place(PoseFrame current, BodyBone bone, Quat rotation, bool fresh)
        {
            if (!current.Has(bone) || (fresh && current.IsGuess(bone)))
            {
                current.Set(bone, rotation);
                return true;
            }
            var held = current.Rotations[(int)bone];
            if (IsSame(held, rotation)) return false; // the network doubled the datagram

            var place = _buffer.Count - 1;
            while (place > 0 && _buffer[place] != current) place--;
            var previous = place > 0 ? _buffer[place - 1] : null;
            if (previous == null || previous.Has(bone)) _early.Set(bone, rotation);
            else Share(previous, current, bone, held, rotation, place);
            return false;
        }

        /// <summary>Gives a new frame what came ahead of its /T.</summary>
        public void Adopt(PoseFrame frame)
        {
            if (_early.Bones == 0) return;
            for (var i = 0; i < BoneTable.Count; i++)
                if (_early.Has((BodyBone)i)) frame.Guess((BodyBone)i, _early.Rotations[i]);
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
