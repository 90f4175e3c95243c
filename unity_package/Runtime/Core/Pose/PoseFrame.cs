namespace AvatarBridge
{
    /// <summary>What one frame of the sender said; what it did not say is marked as absent.</summary>
    internal sealed class PoseFrame
    {
        public const long NoSequence = -1;

        public readonly Quat[] Rotations = new Quat[BoneTable.Count];
        public readonly float[] Weights = new float[NameTable.Capacity];

        /// <summary>The sender's clock, seconds.</summary>
        public double Time;
        /// <summary>This machine's clock when the first and the latest part came, seconds.</summary>
        public double FirstArrival, LastArrival;
        public long Sequence;
        /// <summary>Blend/Apply came: the sender had nothing more to say.</summary>
        public bool Applied;
        public bool HasHips { get; private set; }
        public bool HasRoot { get; private set; }
        public Vec3 HipsPosition { get; private set; }
        public Vec3 RootPosition { get; private set; }
        public Quat RootRotation { get; private set; }

        ulong _bones, _guessed;
        BitSet256 _weights;

        public ulong Bones => _bones;

        public void Begin(double time, double arrival)
        {
            Time = time;
            FirstArrival = LastArrival = arrival;
            Sequence = NoSequence;
            Applied = HasHips = HasRoot = AnyWeight = false;
            _bones = _guessed = 0;
            _weights = default(BitSet256);
        }

        public bool Has(BodyBone bone) => (_bones & Bit(bone)) != 0;

        public bool HasWeight(int id) => _weights[id];

        public void Set(BodyBone bone, Quat rotation)
        {
            Rotations[(int)bone] = rotation;
            _bones |= Bit(bone);
            _guessed &= ~Bit(bone);
        }

        /// <summary>
        /// Takes over what came ahead of this frame. Its bones are guesses: should the frame they
        /// belong to have been lost, the frame's own replace them.
        /// </summary>
        public void Adopt(PoseFrame early)
        {
            for (var i = 0; i < BoneTable.Count; i++)
                if (early.Has((BodyBone)i)) Set((BodyBone)i, early.Rotations[i]);
            _guessed = early._bones;
            if (early.AnyWeight)
                for (var id = 0; id < NameTable.Capacity; id++)
                    if (early.HasWeight(id)) SetWeight(id, early.Weights[id]);
            if (early.HasHips) SetHips(early.HipsPosition);
            if (early.HasRoot) SetRoot(early.RootPosition, early.RootRotation);
            Applied = early.Applied;
        }

        public void SetHips(Vec3 position)
        {
            HipsPosition = position;
            HasHips = true;
        }

        public void SetRoot(Vec3 position, Quat rotation)
        {
            RootPosition = position;
            RootRotation = rotation;
            HasRoot = true;
        }

        public bool AnyWeight { get; private set; }

        public bool IsGuess(BodyBone bone) => (_guessed & Bit(bone)) != 0;

        public void SetWeight(int id, float weight)
        {
            Weights[id] = weight;
            _weights.Add(id);
            AnyWeight = true;
        }

        public static ulong Bit(BodyBone bone) => 1ul << (int)bone;
    }
}
