using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// A convolution is <see cref="Im2Col(ReadOnlySpan{float}, Span{float}, int, in ConvolutionShape)"/> followed by a matrix
/// product; channels last throughout, so one row of a patch is one run of kernelWidth * channels values in the picture.
/// </summary>
public static unsafe class Convolution
{
    public static void Im2Col(ReadOnlySpan<float> x, Span<float> columns, int batch, in ConvolutionShape shape) =>
        Im2Col(Isa.Width, x, columns, batch, shape);

    /// <summary>Adds into dx.</summary>
    public static void Col2Im(ReadOnlySpan<float> dcolumns, Span<float> dx, int batch, in ConvolutionShape shape) =>
        Col2Im(Isa.Width, dcolumns, dx, batch, shape);

    internal static void Im2Col(VectorWidth vectors, ReadOnlySpan<float> x, Span<float> columns, int batch, in ConvolutionShape shape)
    {
        Check(x.Length, columns.Length, nameof(x), nameof(columns), batch, shape);
        fixed (float* px = x, pColumns = columns)
        {
            Kernel.Run(vectors, new RunsKernel { Picture = px, Columns = pColumns, Batch = batch, Shape = shape });
        }
    }

    internal static void Col2Im(VectorWidth vectors, ReadOnlySpan<float> dcolumns, Span<float> dx, int batch, in ConvolutionShape shape)
    {
        Check(dx.Length, dcolumns.Length, nameof(dx), nameof(dcolumns), batch, shape);
        fixed (float* pColumns = dcolumns, pdx = dx)
        {
            Kernel.Run(vectors, new RunsKernel { Picture = pdx, Columns = pColumns, Batch = batch, Shape = shape, Add = true });
        }
    }

    private static void Check(int picture, int columns, string pictureName, string columnsName, int batch, in ConvolutionShape s)
    {
        Kernel.Require(picture, (long)batch * s.Height * s.Width * s.Channels, pictureName);
        Kernel.Require(columns, (long)batch * s.OutHeight * s.OutWidth * s.Patch, columnsName);
    }

    /// <summary>Picture to columns, or, with Add, columns added into the picture.</summary>
    private struct RunsKernel : IKernel
    {
        public float* Picture, Columns;
        public int Batch;
        public ConvolutionShape Shape;
        public bool Add;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            ConvolutionShape s = Shape;
            int run = s.KernelWidth * s.Channels, rowLength = s.Width * s.Channels, outWidth = s.OutWidth, outHeight = s.OutHeight, patch = s.Patch;
            int step = s.StrideWidth * s.Channels, margin = s.PadWidth * s.Channels;
            for (int line = 0; line < Batch * outHeight; line++)
            {
                int b = line / outHeight, top = line % outHeight * s.StrideHeight - s.PadHeight;
                for (int ky = 0; ky < s.KernelHeight; ky++)
                {
                    float* column = Columns + (nint)line * outWidth * patch + ky * run;
                    if (top + ky < 0 || top + ky >= s.Height)
                    {
                        for (int ox = 0; ox < outWidth && !Add; ox++, column += patch)
                        {
                            new Span<float>(column, run).Clear();
                        }
                        continue;
                    }
                    float* row = Picture + ((nint)b * s.Height + top + ky) * rowLength;
                    // Columns [first, last) lie inside the picture's row with their whole run.
                    int first = Math.Min(outWidth, (margin + step - 1) / step), last = Math.Clamp((rowLength - run + margin) / step + 1, first, outWidth);
                    for (int ox = 0, x = -margin; ox < outWidth; ox++, x += step, column += patch)
                    {
                        if (ox == first && !Add && run == 3)
                        {
                            // One channel: shorter than any vector, and not worth a loop.
                            for (; ox < last; ox++, x += step, column += patch)
                            {
                                (column[0], column[1], column[2]) = (row[x], row[x + 1], row[x + 2]);
                            }
                            if (ox == outWidth)
                            {
                                break;
                            }
                        }
                        // Of the run's values [from, to) lie inside the picture's row.
                        int from = Math.Min(run, Math.Max(0, -x)), to = Math.Max(from, Math.Min(run, rowLength - x));
                        if (Add)
                        {
                            AddRun<TSimd, TVector>(row + x + from, column + from, to - from);
                            continue;
                        }
                        if (to - from < run)
                        {
                            new Span<float>(column, run).Clear();
                        }
                        CopyRun<TSimd, TVector>(column + from, row + x + from, to - from);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void CopyRun<TSimd, TVector>(float* to, float* from, int length)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int i = 0;
            for (; i <= length - TSimd.Lanes; i += TSimd.Lanes)
            {
                TSimd.Store(to + i, TSimd.Load(from + i));
            }
            for (; i < length; i++)
            {
                to[i] = from[i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void AddRun<TSimd, TVector>(float* to, float* from, int length)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int i = 0;
            for (; i <= length - TSimd.Lanes; i += TSimd.Lanes)
            {
                TSimd.Store(to + i, TSimd.Add(TSimd.Load(to + i), TSimd.Load(from + i)));
            }
            for (; i < length; i++)
            {
                to[i] += from[i];
            }
        }
    }
}
