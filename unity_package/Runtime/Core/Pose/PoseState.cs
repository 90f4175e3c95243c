namespace AvatarBridge
{
    /// <summary>The pose that is shown: every bone and weight heard of since the stream began.</summary>
    internal sealed class PoseState
    {
        public readonly Quat[] Rotations = new Quat[BoneTable.Count];
        public readonly float[] Weights = new float[NameTable.Capacity];

        ulong _bones;
        BitSet256 _weights;

        public PoseState() => Clear();

        /// <summary>Expressions known by number; names are in the stream's NameTable.</summary>
        public int WeightCount { get; set; }
        public bool HasHips { get; private set; }
        public bool HasRoot { get; private set; }
        public Vec3 HipsPosition { get; private set; }
        public Vec3 RootPosition { get; private set; }
        public Quat RootRotation { get; private set; }

        public bool HasAnyBone => _bones != 0;

        public bool Has(BodyBone bone) => (_bones & PoseFrame.Bit(bone)) != 0;

        public bool HasWeight(int id) => _weights[id];

        public void Clear()
        {
            for (var i = 0; i < BoneTable.Count; i++) Rotations[i] = Quat.Identity;
            System.Array.Clear(Weights, 0, Weights.Length);
            _bones = 0;
            _weights = default(BitSet256);
            WeightCount = 0;
            HasHips = HasRoot = false;
            HipsPosition = RootPosition = default(Vec3);
            RootRotation = Quat.Identity;
        }

        public void Set(BodyBone bone, Quat rotation)
        {
            Rotations[(int)bone] = rotation;
            _bones |= PoseFrame.Bit(bone);
        }

        public void SetWeight(int id, float weight)
        {
            Weights[id] = weight;
            _weights.Add(id);
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
    }
}
