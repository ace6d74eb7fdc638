/** A wheel of the Python Package Index, exactly: its file name names version and platform, its digest the bytes. */
export interface Wheel {
  file: string;
  sha256: string;
  bytes: number;
}

/** A package of the npm registry, exactly. */
export interface NpmPackage {
  name: string;
  version: string;
  /** Subresource integrity, as lock files hold it. */
  integrity: string;
}

export const tensorflowVersion = "2.21.0";

/** TensorFlow for the processor, by `platform-arch`. Windows wheels hold no library with the C interface. */
export const tensorflowCpu: Readonly<Record<string, Wheel>> = {
  "linux-x64": {
    file: "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
    bytes: 273_829_956,
  },
  "linux-arm64": {
    file: "tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl",
    sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
    bytes: 281_828_020,
  },
  "darwin-arm64": {
    file: "tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl",
    sha256: "51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88",
    bytes: 223_405_849,
  },
};

/** TensorFlow with its CUDA kernels: SASS for compute capabilities 6.0, 7.0, 8.0, 8.9 and 9.0, and PTX of 9.0. */
export const tensorflowGpu: Readonly<Record<string, Wheel>> = {
  "linux-x64": {
    file: "tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
    sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
    bytes: 572_440_367,
  },
};

/**
 * CUDA 12 for x86-64 Linux. 12.9 is the last toolkit and cuDNN 9.10 the last of its line that still carry Pascal and
 * Volta beside the newest cards.
 */
const cuda12 = {
  runtime: {
    file: "nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
    bytes: 3_493_179,
  },
  nvrtc: {
    file: "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
    bytes: 89_568_129,
  },
  nvjitlink: {
    file: "nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
    bytes: 39_748_338,
  },
  cublas: {
    file: "nvidia_cublas_cu12-12.9.1.4-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "453611eb21a7c1f2c2156ed9f3a45b691deda0440ec550860290dc901af5b4c2",
    bytes: 581_242_350,
  },
  cudnn: {
    file: "nvidia_cudnn_cu12-9.10.2.21-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "949452be657fa16687d0930933f032835951ef0892b37d2d53824d1a84dc97a8",
    bytes: 706_758_467,
  },
  cufft: {
    file: "nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
    bytes: 200_877_592,
  },
  curand: {
    file: "nvidia_curand_cu12-10.3.10.19-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
    bytes: 68_295_626,
  },
  cusolver: {
    file: "nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
    bytes: 338_117_415,
  },
  cusparse: {
    file: "nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
    bytes: 366_465_088,
  },
} satisfies Record<string, Wheel>;

/** What libtensorflow opens on a GPU. */
export const tensorflowCuda: readonly Wheel[] = [
  cuda12.runtime,
  cuda12.nvrtc,
  cuda12.nvjitlink,
  cuda12.cublas,
  cuda12.cudnn,
  cuda12.cufft,
  cuda12.cusolver,
  cuda12.cusparse,
];

/** What onnxruntime's CUDA 12 provider opens; the provider itself comes from the package's own installer. */
export const onnxruntimeCuda12: readonly Wheel[] = [
  cuda12.runtime,
  cuda12.nvrtc,
  cuda12.nvjitlink,
  cuda12.cublas,
  cuda12.cudnn,
  cuda12.cufft,
  cuda12.curand,
];

/** The version of onnxruntime-node that these wheels belong to: a provider fits its own onnxruntime only. */
export const onnxruntimeVersion = "1.30.0";

/** onnxruntime's CUDA 13 provider (SASS for 7.5, 8.0, 8.6, 8.9, 9.0 and 12.0) and what it opens: CUDA 13.0, which it was built with. */
export const onnxruntimeCuda13: readonly Wheel[] = [
  {
    file: "onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    sha256: "6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1",
    bytes: 246_685_715,
  },
  {
    file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
    bytes: 2_243_632,
  },
  {
    file: "nvidia_cuda_nvrtc-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575",
    bytes: 90_215_200,
  },
  {
    file: "nvidia_nvjitlink-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b",
    bytes: 40_713_933,
  },
  {
    file: "nvidia_cublas-13.0.2.14-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c",
    bytes: 420_882_912,
  },
  {
    file: "nvidia_cudnn_cu13-9.13.0.50-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "2150b4850725d30653ec3e365f0732e3e2e3eb8633cf3bd2d3117628dea8b4f9",
    bytes: 348_571_624,
  },
  {
    file: "nvidia_cufft-12.0.0.61-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3",
    bytes: 214_085_489,
  },
  {
    file: "nvidia_curand-10.4.0.35-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc",
    bytes: 59_544_258,
  },
];

/** Its kernels are JavaScript, its binding C++ source: both run on any libtensorflow with the same C interface. */
export const tfjsNode: NpmPackage = {
  name: "@tensorflow/tfjs-node",
  version: "4.22.0",
  integrity: "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
};

/** Loaded by tfjs-node's backend. */
export const protobuf: NpmPackage = {
  name: "google-protobuf",
  version: "3.21.4",
  integrity: "sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==",
};

/** Interface of Node's native add-ons, for the compiler. */
export const nodeHeaders: NpmPackage = {
  name: "node-api-headers",
  version: "1.9.0",
  integrity: "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
};
