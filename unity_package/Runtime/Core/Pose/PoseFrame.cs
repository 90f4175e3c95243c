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
        public bool HasHips, HasRoot;
        public Vec3 HipsPosition, RootPosition;
        public Quat RootRotation;

        ulong _bones, _guessed;
        BitSet256 _weights;

        public ulong Bones => _bones;

        public void Begin(double time, double arrival)
        {
            Time = time;
            FirstArrival = LastArrival = arrival;
            Sequence = NoSequence;
            Applied = HasHips = HasRoot = false;
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

        /// <summary>A value that may belong to another frame; the next one replaces it.</summary>
        public void Guess(BodyBone bone, Quat rotation)
        {
            Set(bone, rotation);
            _guessed |= Bit(bone);
        }

        public bool IsGuess(BodyBone bone) => (_guessed & Bit(bone)) != 0;

        public void SetWeight(int id, float weight)
        {
            Weights[id] = weight;
            _weights.Add(id);
        }

        public static ulong Bit(BodyBone bone) => 1ul << (int)bone;
    }
}
