namespace AvatarBridge
{
    /// <summary>256 flags by number, without an allocation of its own.</summary>
    internal struct BitSet256
    {
        ulong _a, _b, _c, _d;

        public bool this[int index]
        {
            get
            {
                var bit = 1ul << (index & 63);
                switch (index >> 6)
                {
                    case 0: return (_a & bit) != 0;
                    case 1: return (_b & bit) != 0;
                    case 2: return (_c & bit) != 0;
                    default: return (_d & bit) != 0;
                }
            }
        }

        public void Add(int index)
        {
            var bit = 1ul << (index & 63);
            switch (index >> 6)
            {
                case 0: _a |= bit; break;
                case 1: _b |= bit; break;
                case 2: _c |= bit; break;
                default: _d |= bit; break;
            }
        }
    }
}
