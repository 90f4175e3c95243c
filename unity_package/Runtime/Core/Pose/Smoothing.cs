namespace AvatarBridge
{
    /// <summary>
    /// Time constants in seconds: after this long a sudden change is 63 % done, at any frame rate.
    /// Zero passes everything through; the sender has filtered already.
    /// </summary>
    internal struct Smoothing
    {
        public float Body, Fingers, Eyes, Expressions, Root;

        public float Of(BodyParts part)
        {
            switch (part)
            {
                case BodyParts.LeftFingers: case BodyParts.RightFingers: return Fingers;
                case BodyParts.Eyes: return Eyes;
                case BodyParts.Jaw: return Expressions;
                default: return Body;
            }
        }
    }
}
