namespace AvatarBridge
{
    /// <summary>What /VMC/Ext/OK says of the sender.</summary>
    internal struct SenderState
    {
        public const int Calibrated = 3;

        public bool Known;
        public bool Loaded;
        /// <summary>0 not calibrated, 1 waiting, 2 calibrating, 3 calibrated; -1 when not told.</summary>
        public int Calibration;
        /// <summary>False when the sender says that it does not see the performer.</summary>
        public bool Tracking;
    }
}
